// Another server than the emulator, for ciam as its client: oidc-provider with its own pages, at the address that a tenant on
// loopback has, with the claims that ciam wants of an ID token. Refresh tokens rotate: one that comes twice ends the session.
'use strict';

const http = require('node:http');
const crypto = require('node:crypto');
const express = require('express');
const { tell, run } = require('./client');

const { CIAM_TENANT_ID: tenant, CIAM_CLIENT_ID: client } = process.env;

run(async () => {
  const { Provider } = await import('oidc-provider');
  const server = http.createServer();
  await new Promise((resolve) => server.listen(0, 'localhost', resolve));
  const origin = `http://localhost:${server.address().port}`;

  const { privateKey } = crypto.generateKeyPairSync('rsa', { modulusLength: 2048 });
  const provider = new Provider(`${origin}/${tenant}/v2.0`, {
    clients: [{
      client_id: client, application_type: 'native', token_endpoint_auth_method: 'none', grant_types: ['authorization_code', 'refresh_token'],
      redirect_uris: ['http://localhost'], post_logout_redirect_uris: ['http://localhost'],
    }],
    jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), use: 'sig', alg: 'RS256', kid: 'first' }] },
    cookies: { keys: [crypto.randomBytes(32).toString('hex')] },
    scopes: ['openid', 'profile', 'offline_access'],
    claims: { openid: ['sub', 'oid', 'tid', 'ver'], profile: ['name', 'preferred_username'] },
    conformIdTokenClaims: false, // the claims are in the ID token, as the tenant's are
    findAccount: (ctx, id) => ({
      accountId: id,
      claims: () => ({ sub: id, oid: id, tid: tenant, ver: '2.0', name: 'Ada Example', preferred_username: id }),
    }),
    ttl: { AccessToken: 3600, IdToken: 3600, RefreshToken: 86400, Session: 3600, Grant: 86400, Interaction: 600 },
  });
  const counts = { refreshed: 0, refused: [] };
  provider.on('grant.success', (ctx) => { if (ctx.oidc.params.grant_type === 'refresh_token') counts.refreshed += 1; });
  provider.on('grant.error', (ctx, err) => counts.refused.push(`${err.message}: ${err.error_detail ?? err.error_description}`));

  const app = express();
  app.get('/counts', (req, res) => res.json(counts));
  app.use(`/${tenant}/v2.0`, provider.callback());
  server.on('request', app);
  tell({ listening: `${origin}/${tenant}` });
});
