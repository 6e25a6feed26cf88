// A generic OpenID Connect client: discovery by issuer, code with PKCE, the ID token checked with the published keys, refresh.
'use strict';

const http = require('node:http');
const { scopes, tell, run } = require('./client');

run(async () => {
  const oidc = await import('openid-client');
  const issuer = new URL(`${process.env.CIAM_AUTHORITY}/v2.0`);
  const config = await oidc.discovery(issuer, process.env.CIAM_CLIENT_ID, undefined, oidc.None());
  oidc.enableNonRepudiationChecks(config);

  const server = http.createServer();
  await new Promise((resolve) => server.listen(0, 'localhost', resolve));
  const redirect = `http://localhost:${server.address().port}/`; // the library sends the address of the answer again, with its slash
  const verifier = oidc.randomPKCECodeVerifier();
  const [expectedState, expectedNonce] = [oidc.randomState(), oidc.randomNonce()];
  const arrived = new Promise((resolve) => server.on('request', (req, res) => {
    res.end('You may close this window.');
    resolve(new URL(req.url, redirect));
  }));
  tell({ open: oidc.buildAuthorizationUrl(config, {
    redirect_uri: redirect, scope: ['openid', 'profile', 'offline_access', ...scopes].join(' '), state: expectedState, nonce: expectedNonce,
    code_challenge: await oidc.calculatePKCECodeChallenge(verifier), code_challenge_method: 'S256',
  }).href });
  const tokens = await oidc.authorizationCodeGrant(config, await arrived, { pkceCodeVerifier: verifier, expectedState, expectedNonce });
  server.close();
  const claims = tokens.claims();
  tell({ signedIn: { username: claims.preferred_username, name: claims.name, oid: claims.oid, accessToken: tokens.access_token } });
  const refreshed = await oidc.refreshTokenGrant(config, tokens.refresh_token);
  tell({ refreshed: { oid: refreshed.claims().oid, accessToken: refreshed.access_token } });
});
