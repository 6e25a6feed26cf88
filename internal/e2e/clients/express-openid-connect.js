// A web app with express-openid-connect: its routes sign in, take the answer, and sign out at the tenant too.
'use strict';

const http = require('node:http');
const crypto = require('node:crypto');
const express = require('express');
const { auth } = require('express-openid-connect');
const { scopes, tell, page, run } = require('./client');

run(async () => {
  const server = http.createServer();
  await new Promise((resolve) => server.listen(0, 'localhost', resolve));
  const baseURL = `http://localhost:${server.address().port}`;

  const app = express();
  app.use(auth({
    issuerBaseURL: `${process.env.CIAM_AUTHORITY}/v2.0`, clientID: process.env.CIAM_CLIENT_ID, clientSecret: process.env.CIAM_CLIENT_SECRET,
    baseURL, secret: crypto.randomBytes(32).toString('hex'), authRequired: false, idpLogout: true,
    authorizationParams: { response_type: 'code', scope: ['openid', 'profile', 'email', 'offline_access', ...scopes].join(' ') },
  }));
  app.get('/', (req, res) => res.send(req.oidc.isAuthenticated()
    ? page('home', { who: req.oidc.user.name, oid: req.oidc.user.oid, email: req.oidc.user.email, accessToken: req.oidc.accessToken.access_token },
      { refresh: '/refresh', 'sign-out': '/logout' })
    : page('anonymous', {}, { 'sign-in': '/login' })));
  app.get('/refresh', async (req, res) => {
    const { access_token: accessToken } = await req.oidc.accessToken.refresh();
    res.send(page('refreshed', { accessToken }, { home: '/' }));
  });
  app.use((err, req, res, next) => res.status(err.status ?? 500).send(page('failed', { message: `${err.message} ${err.error_description ?? ''}` })));
  server.on('request', app);
  tell({ listening: baseURL });
});
