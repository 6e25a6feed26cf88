// A single-page app: every button is one call of MSAL Browser; body[data-page] tells when it is done.
'use strict';

const show = (page, value) => {
  document.getElementById('result').textContent = JSON.stringify(value ?? null);
  document.body.dataset.page = page;
};
const summary = (r) => ({
  username: r.account.username, name: r.account.name, oid: r.idTokenClaims.oid,
  scopes: r.scopes, fromCache: r.fromCache, accessToken: r.accessToken,
});

async function main() {
  const { auth, scopes } = await (await fetch('/settings.json')).json();
  const redirectUri = `${location.origin}/`;
  const app = new msal.PublicClientApplication({
    auth: { ...auth, redirectUri, postLogoutRedirectUri: redirectUri }, cache: { cacheLocation: 'sessionStorage' },
  });
  await app.initialize();
  const result = await app.handleRedirectPromise();

  const on = (id, call) => document.getElementById(id).addEventListener('click', () => call().catch((err) => show('failed', String(err))));
  const account = () => app.getAllAccounts()[0];
  on('sign-up', () => app.loginRedirect({ scopes, prompt: 'create' }));
  on('sign-in', () => app.loginRedirect({ scopes }));
  on('silent', async () => show('silent', summary(await app.acquireTokenSilent({ account: account(), scopes }))));
  on('refresh', async () => show('refreshed', summary(await app.acquireTokenSilent({ account: account(), scopes, forceRefresh: true }))));
  on('sign-out', () => app.logoutRedirect({ account: account() }));

  if (result) show('signed-in', summary(result));
  else show(account() ? 'known' : 'anonymous');
}

main().catch((err) => show('failed', String(err)));
