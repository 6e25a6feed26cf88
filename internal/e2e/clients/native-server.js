// Serves the native app, Microsoft's client for native authentication as it is published, and the proxy that Microsoft
// documents for it: the tenant's API has no CORS, so the proxy adds those headers and takes the page's origin away.
'use strict';

const http = require('node:http');
const https = require('node:https');
const path = require('node:path');
const express = require('express');
const { msalConfig, scopes, tell } = require('./client');

const tenant = process.env.CIAM_AUTHORITY;
const library = path.join(path.dirname(require.resolve('@azure/msal-browser')), 'custom-auth-path', 'msal-custom-auth.js');
const corsHeaders = {
  'Access-Control-Allow-Origin': '*',
  'Access-Control-Allow-Methods': 'GET, POST, PUT, DELETE, OPTIONS',
  'Access-Control-Allow-Headers': 'Content-Type, Authorization, x-client-SKU, x-client-VER, x-client-OS, x-client-CPU, '
    + 'x-client-current-telemetry, x-client-last-telemetry, client-request-id',
  'Access-Control-Max-Age': '86400',
};

const proxy = http.createServer((req, res) => {
  if (req.method === 'OPTIONS') return res.writeHead(204, corsHeaders).end();
  if (!req.url.startsWith('/api/')) return res.writeHead(404, corsHeaders).end();
  const { origin, ...headers } = req.headers;
  headers.host = new URL(tenant).hostname;
  const forward = https.request(tenant + req.url.slice('/api'.length), { method: req.method, headers }, (answer) => {
    res.writeHead(answer.statusCode, { ...answer.headers, ...corsHeaders });
    answer.pipe(res);
  });
  forward.on('error', (err) => {
    console.error(err);
    res.writeHead(502, corsHeaders).end();
  });
  req.pipe(forward);
});

const app = express();
app.use(express.static(path.join(__dirname, 'native')));
app.get('/msal-custom-auth.js', (req, res) => res.sendFile(library));
app.get('/settings.json', (req, res) => res.json({ ...msalConfig(), scopes, proxy: `http://localhost:${proxy.address().port}/api` }));

proxy.listen(0, 'localhost', () => {
  const server = app.listen(0, 'localhost', () => tell({ listening: `http://localhost:${server.address().port}/` }));
});
