// Serves the page of docs/testing.md's test with Playwright: MSAL Browser as it is published, and the name of whoever is signed in once
// there is a token for the API.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const { CIAM_AUTHORITY: authority, CIAM_CLIENT_ID: clientId, PORT: port } = process.env;
const published = dirname(createRequire(import.meta.url).resolve('@azure/msal-browser'));
const msal = readFileSync(join(published, 'msal-browser.min.js'));
const settings = { auth: { clientId, authority, knownAuthorities: [new URL(authority).host], redirectUri: `http://localhost:${port}/` } };
const scopes = ['api://11112222-bbbb-3333-cccc-4444dddd5555/Orders.Read'];
const page = `<!doctype html><html lang="en"><title>Shop</title><p id="who"></p><script src="/msal.js"></script><script>
(async () => {
  const app = new msal.PublicClientApplication(${JSON.stringify(settings)});
  await app.initialize();
  const account = app.getAllAccounts()[0];
  const { accessToken } = await app.acquireTokenSilent({ account, scopes: ${JSON.stringify(scopes)} });
  return accessToken && account.name;
})().catch(String).then((text) => { document.getElementById('who').textContent = text; });
</script></html>`;

createServer((request, response) => {
  if (request.url === '/msal.js') response.setHeader('Content-Type', 'text/javascript').end(msal);
  else response.setHeader('Content-Type', 'text/html').end(page);
}).listen(port, 'localhost');
