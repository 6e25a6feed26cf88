// What every client here has in common: its settings, and how it tells the test what happened.
'use strict';

const authority = process.env.CIAM_AUTHORITY;

// MSAL's settings. For an authority other than an external tenant's own, host and port have to be named as known, else MSAL
// asks Microsoft about them.
exports.msalConfig = (extra) => {
  const { host, hostname } = new URL(authority);
  const local = !hostname.endsWith('.ciamlogin.com') && { knownAuthorities: [host] };
  return { auth: { clientId: process.env.CIAM_CLIENT_ID, authority, ...local, ...extra } };
};

exports.scopes = (process.env.TEST_SCOPES || '').split(' ').filter(Boolean);

// tell writes one line of JSON for the test.
exports.tell = (message) => process.stdout.write(JSON.stringify(message) + '\n');

// summary is what the test looks at of MSAL's result.
exports.summary = (r) => ({
  username: r.account?.username, name: r.account?.name, oid: r.idTokenClaims?.oid,
  scopes: r.scopes, fromCache: r.fromCache, accessToken: r.accessToken,
});

const escape = (text) => String(text).replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);

// page is a page of a web app: what it has to say, by id, and where one can go.
exports.page = (name, values, links) => {
  const said = Object.entries(values).map(([id, text]) => `<p id="${id}">${escape(text)}</p>`);
  const go = Object.entries(links ?? {}).map(([id, href]) => `<a id="${id}" href="${href}">${id}</a>`);
  return `<!doctype html><html lang="en"><title>${name}</title><link rel="icon" href="data:,"><body data-page="${name}"><h1>${name}</h1>${said.join('')}${go.join(' ')}</body></html>`;
};

// run ends the process with MSAL's message when main fails.
exports.run = (main) => main().catch((err) => {
  console.error(err);
  process.exit(1); // a listener may be open
});
