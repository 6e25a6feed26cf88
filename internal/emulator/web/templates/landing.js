"use strict";
(() => {
  const all = what => document.querySelectorAll(what);
  const said = document.getElementById("said");
  const say = text => { if (said) { said.textContent = text; said.hidden = !text; } };

  const call = async (method, path, body) => {
    let answer;
    try {
      answer = await fetch("/_emulator" + path, { method, headers: { "Content-Type": "application/json" }, body: body && JSON.stringify(body) });
    } catch {
      throw new Error("The emulator does not answer.");
    }
    if (answer.status === 204) return null;
    const data = await answer.json().catch(() => ({}));
    if (!answer.ok) throw new Error(data.error ? data.error.message : "The emulator answers with HTTP status " + answer.status + ".");
    return data;
  };

  // What has changed is told by the page that shows it.
  const change = async (button, what, method, path, body) => {
    button.disabled = true;
    try {
      await call(method, path, body);
      sessionStorage.setItem("said", what);
      location.reload();
    } catch (failure) {
      button.disabled = false;
      say(failure.message);
    }
  };
  const before = sessionStorage.getItem("said");
  if (before && said) {
    sessionStorage.removeItem("said");
    setTimeout(() => say(before), 100); // a screen reader tells what changes on a page that is there
  }

  for (const hidden of all("[data-script]")) hidden.hidden = false;

  for (const button of all("[data-copy]")) {
    button.addEventListener("click", async () => {
      const source = document.getElementById(button.dataset.copy);
      try {
        await navigator.clipboard.writeText(source.textContent);
      } catch { // by plain http from another machine there is no clipboard
        getSelection().selectAllChildren(source);
        if (!document.execCommand("copy")) return;
      }
      const verb = button.firstElementChild;
      verb.textContent = "Copied";
      setTimeout(() => { verb.textContent = "Copy"; }, 2000);
    });
  }

  for (const button of all("[data-delete]")) {
    button.addEventListener("click", () => {
      const who = button.dataset.who;
      if (confirm("Delete " + who + "?")) change(button, who + " was deleted.", "DELETE", button.dataset.delete);
    });
  }

  for (const form of all("form[data-create]")) {
    form.addEventListener("submit", event => {
      event.preventDefault();
      const value = name => form.elements[name].value;
      const user = { tenant: form.dataset.create, email: value("email") };
      if (value("password")) user.password = value("password");
      if (value("name")) user.attributes = { displayName: value("name") };
      change(form.querySelector("button"), user.email + " was created.", "POST", "/users", user);
    });
  }

  const reset = document.getElementById("reset");
  if (reset) {
    reset.addEventListener("click", () => {
      if (confirm(reset.dataset.ask)) change(reset, "Everything is as it was at the start.", "POST", "/reset");
    });
  }

  // The outbox shows a message as soon as it arrives.
  const outbox = document.querySelector("[data-after]");
  const watch = async () => {
    for (;;) {
      try {
        const query = new URLSearchParams({ after: outbox.dataset.after, wait: 25 });
        if (outbox.dataset.to) query.set("to", outbox.dataset.to);
        if ((await call("GET", "/outbox?" + query)).messages.length) return location.reload();
      } catch {
        await new Promise(go => setTimeout(go, 2000));
      }
    }
  };
  if (outbox) watch();
})();
