// An app with its own sign-in screens, without the screens: the test names a call of Microsoft's client and reads what the
// client makes of the answer. body[data-page] tells when the client is there.
'use strict';

let app, account, state;

// predicates are the questions (isCodeRequired, isInvalidCode …) that the client answers with yes.
function predicates(value) {
  const found = new Set();
  for (let proto = Object.getPrototypeOf(value); proto !== Object.prototype; proto = Object.getPrototypeOf(proto)) {
    for (const name of Object.getOwnPropertyNames(proto)) {
      if (/^is[A-Z]\w*[a-z]$/.test(name) && !name.endsWith('Error') && value[name]()) found.add(name);
    }
  }
  return [...found].sort();
}

// ask calls a method of the app, of the state that the last call led to, or of the account.
async function ask(on, method, ...args) {
  const result = await ({ app, state, account })[on][method](...args);
  const { data, error } = result;
  if (!error) state = result.state;
  if (data?.getClaims) account = data;
  const claims = data?.getClaims?.();
  return {
    is: predicates(result),
    error: error && { is: predicates(error), code: error.errorData.error, sub: error.errorData.subError, codes: error.errorData.errorCodes },
    codeLength: state?.getCodeLength?.(), sentTo: state?.getSentTo?.(),
    methods: state?.getAuthMethods?.(), attributes: state?.getRequiredAttributes?.()?.map((a) => a.name),
    username: data?.getAccount?.().username, name: claims?.name, oid: claims?.oid,
    accessToken: data?.accessToken, fromCache: data?.fromCache,
  };
}

async function main() {
  const settings = await (await fetch('/settings.json')).json();
  const redirectUri = `${location.origin}/`;
  const offers = new URLSearchParams(location.search);
  app = await msalCustomAuth.CustomAuthPublicClientApplication.create({
    auth: { ...settings.auth, redirectUri, postLogoutRedirectUri: redirectUri },
    cache: { cacheLocation: 'sessionStorage' },
    customAuth: {
      challengeTypes: (offers.get('challengeTypes') ?? 'password oob redirect').split(' '), authApiProxyUrl: settings.proxy,
      capabilities: (offers.get('capabilities') ?? 'registration_required mfa_required').split(' ').filter(Boolean),
    },
  });
  await app.handleRedirectPromise(); // from the tenant's pages, where the client could not go on by itself
  document.body.dataset.page = 'ready';
}

main().catch((err) => {
  document.body.textContent = String(err);
  document.body.dataset.page = 'failed';
});
