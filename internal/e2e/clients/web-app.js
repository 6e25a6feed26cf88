// A web app in the shape of Microsoft's Express sample for external tenants: a confidential client that signs in by
// form_post, keeps MSAL's cache in the session, shows the claims of the ID token, and signs out at the tenant.
'use strict';

const express = require('express');
const session = require('express-session');
const { ConfidentialClientApplication, CryptoProvider } = require('@azure/msal-node');
const { msalConfig, scopes, tell } = require('./client');

const crypto = new CryptoProvider();
const config = msalConfig({ clientSecret: process.env.CIAM_CLIENT_SECRET });

// tenant is where its endpoints are. As in the sample, https://contoso.ciamlogin.com/ does with the tenant's domain behind it.
const { hostname, pathname } = new URL(config.auth.authority);
const sample = pathname === '/';
const tenant = sample ? `${config.auth.authority}${hostname.split('.')[0]}.onmicrosoft.com` : config.auth.authority;

// client has the tokens of one browser session only.
function client(req) {
  const app = new ConfidentialClientApplication(config);
  if (req.session.tokenCache) app.getTokenCache().deserialize(req.session.tokenCache);
  return app;
}

const escape = (text) => String(text).replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);
const page = (name, body) => `<!doctype html><html lang="en"><title>${name}</title><body data-page="${name}">${body}</body></html>`;

const app = express();
app.use(session({ secret: crypto.createNewGuid(), resave: false, saveUninitialized: false, cookie: { httpOnly: true } }));
app.use(express.urlencoded({ extended: false }));

app.get('/', (req, res) => {
  const { account } = req.session;
  res.send(page('home', account
    ? `<p id="who">Hi ${escape(account.name)}!</p><a id="claims" href="/users/id">Claims</a> <a id="sign-out" href="/auth/signout">Sign out</a>`
    : '<a id="sign-in" href="/auth/signin">Sign in</a>'));
});

app.get('/auth/signin', async (req, res) => {
  const { verifier, challenge } = await crypto.generatePkceCodes();
  const state = crypto.createNewGuid();
  req.session.pending = { verifier, state };
  res.redirect(await client(req).getAuthCodeUrl({
    scopes, state, redirectUri: `${origin}/auth/redirect`, responseMode: 'form_post',
    codeChallenge: challenge, codeChallengeMethod: 'S256',
  }));
});

app.post('/auth/redirect', async (req, res) => {
  const { pending } = req.session;
  if (!pending || req.body.state !== pending.state) return res.status(400).send(page('refused', 'not the sign-in that was begun'));
  delete req.session.pending;
  if (req.body.error) return res.status(401).send(page('refused', escape(req.body.error_description)));
  const msal = client(req);
  const result = await msal.acquireTokenByCode({
    scopes, code: req.body.code, redirectUri: `${origin}/auth/redirect`, codeVerifier: pending.verifier, clientInfo: req.body.client_info,
  });
  req.session.account = result.account;
  req.session.claims = result.idTokenClaims;
  req.session.tokenCache = msal.getTokenCache().serialize();
  res.redirect('/');
});

app.get('/users/id', async (req, res) => {
  const { account, claims } = req.session;
  if (!account) return res.redirect('/auth/signin');
  const { fromCache } = await client(req).acquireTokenSilent({ account, scopes });
  const rows = Object.entries(claims).map(([name, value]) => `<tr><th>${escape(name)}</th><td id="claim-${escape(name)}">${escape(value)}</td></tr>`);
  res.send(page('claims', `<p id="token">${fromCache ? 'from the cache' : 'asked for'}</p><table>${rows.join('')}</table><a id="home" href="/">Home</a>`));
});

app.get('/auth/signout', (req, res, next) => {
  const query = new URLSearchParams({ post_logout_redirect_uri: origin });
  req.session.destroy((err) => (err ? next(err) : res.redirect(`${tenant}/oauth2/v2.0/logout?${query}`)));
});

app.use((err, req, res, next) => {
  console.error(err);
  res.status(500).send(page('failed', escape(err.message)));
});

let origin;

async function main() {
  if (sample) { // which looks the endpoints up by itself, and tells MSAL
    config.auth.authorityMetadata = await (await fetch(`${tenant}/v2.0/.well-known/openid-configuration`)).text();
  }
  const server = app.listen(0, 'localhost', () => {
    origin = `http://localhost:${server.address().port}`;
    tell({ listening: origin });
  });
}

main().catch((err) => {
  console.error(err);
  process.exit(1);
});
