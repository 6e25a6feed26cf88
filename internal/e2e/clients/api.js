// An API that takes the tenant's access tokens, checked by one of three libraries. Keys and issuer are the tenant's metadata.
'use strict';

const express = require('express');
const { tell } = require('./client');

const { CIAM_AUTHORITY: authority, TEST_API: audience, TEST_LIBRARY: library } = process.env;
const metadataURL = `${authority}/v2.0/.well-known/openid-configuration`;

// checkers give a function that resolves to the claims of a good token, and throws the library's reason otherwise.
const checkers = {
  async jose(metadata) {
    const { createRemoteJWKSet, jwtVerify } = await import('jose');
    const keys = createRemoteJWKSet(new URL(metadata.jwks_uri), { cooldownDuration: 0 }); // keys may change within 30 s here
    return async (token) => {
      try {
        return (await jwtVerify(token, keys, { issuer: metadata.issuer, audience, algorithms: ['RS256'] })).payload;
      } catch (err) {
        throw new Error([err.code, err.claim].filter(Boolean).join(' '));
      }
    };
  },

  async jsonwebtoken(metadata) {
    const jwt = require('jsonwebtoken');
    const client = require('jwks-rsa')({ jwksUri: metadata.jwks_uri, cache: true });
    const key = (header, done) => client.getSigningKey(header.kid, (err, found) => done(err, found?.getPublicKey()));
    return (token) => new Promise((resolve, reject) => {
      jwt.verify(token, key, { issuer: metadata.issuer, audience, algorithms: ['RS256'] }, (err, claims) => (err ? reject(err) : resolve(claims)));
    });
  },

  async 'passport-azure-ad'() {
    const passport = require('passport');
    const { BearerStrategy } = require('passport-azure-ad');
    passport.use(new BearerStrategy({ identityMetadata: metadataURL, clientID: audience, loggingLevel: 'fatal', loggingNoPII: false }, (claims, done) => done(null, claims, claims)));
    return (token, req) => new Promise((resolve, reject) => {
      passport.authenticate('oauth-bearer', { session: false }, (err, user, info) => (user ? resolve(user) : reject(err ?? new Error(info))))(req, req.res, reject);
    });
  },
};

async function main() {
  const check = await checkers[library](await (await fetch(metadataURL)).json());
  const app = express();
  app.get('/orders', async (req, res) => {
    const [, token] = (req.headers.authorization ?? '').match(/^Bearer (.+)$/) ?? [];
    if (!token) return res.status(401).json({ reason: 'no token' });
    let claims;
    try {
      claims = await check(token, req);
    } catch (err) {
      return res.status(401).json({ reason: String(err.message ?? err) });
    }
    if (claims.tid !== authority.split('/').pop()) return res.status(401).json({ reason: 'tid of another tenant' }); // no library looks at it
    if (claims.scp?.split(' ').includes('Orders.Read')) return res.json({ caller: 'user', oid: claims.oid });
    if (claims.roles?.includes('Orders.Read.All')) return res.json({ caller: 'app', app: claims.azp });
    res.status(403).json({ reason: 'neither scope nor role' });
  });
  const server = app.listen(0, 'localhost', () => tell({ listening: `http://localhost:${server.address().port}` }));
}

main().catch((err) => {
  console.error(err);
  process.exit(1);
});
