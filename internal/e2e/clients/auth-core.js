// A web app with Auth.js, without a framework: its own pages sign in and out, its session says who is there.
'use strict';

const http = require('node:http');
const crypto = require('node:crypto');
const { scopes, tell, page, run } = require('./client');

run(async () => {
  const { Auth } = await import('@auth/core');
  const { default: MicrosoftEntraID } = await import('@auth/core/providers/microsoft-entra-id');
  const config = {
    basePath: '/auth', trustHost: true, secret: crypto.randomBytes(32).toString('hex'),
    providers: [MicrosoftEntraID({
      issuer: `${process.env.CIAM_AUTHORITY}/v2.0`, clientId: process.env.CIAM_CLIENT_ID, clientSecret: process.env.CIAM_CLIENT_SECRET,
      authorization: { params: { scope: ['openid', 'profile', 'email', 'offline_access', ...scopes].join(' ') } },
      profile: (claims) => ({ id: claims.oid, name: claims.name, email: claims.email }), // the default asks Microsoft Graph for a picture
    })],
    callbacks: {
      jwt: ({ token, account, profile }) => (account ? { ...token, accessToken: account.access_token, oid: profile.oid } : token),
      session: ({ session, token }) => ({ ...session, accessToken: token.accessToken, oid: token.oid }),
    },
  };

  const server = http.createServer(async (req, res) => {
    const body = req.method === 'POST' ? await new Response(req).text() : undefined;
    const ask = (path, init) => Auth(new Request(new URL(path, home), { headers: req.headers, ...init }), config);
    if (req.url.startsWith('/auth/')) {
      const answer = await ask(req.url, { method: req.method, body });
      res.writeHead(answer.status, [...answer.headers].flat());
      return res.end(await answer.text());
    }
    const session = await (await ask('/auth/session')).json();
    res.writeHead(200, { 'Content-Type': 'text/html' });
    res.end(session?.user
      ? page('home', { who: session.user.name, email: session.user.email, oid: session.oid, accessToken: session.accessToken }, { 'sign-out': '/auth/signout' })
      : page('anonymous', {}, { 'sign-in': '/auth/signin' }));
  });
  await new Promise((resolve) => server.listen(0, 'localhost', resolve));
  const home = `http://localhost:${server.address().port}`;
  tell({ listening: home });
});
