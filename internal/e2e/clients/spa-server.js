// Serves the single-page app: its page and script, MSAL Browser as it is published, and the settings.
'use strict';

const path = require('node:path');
const express = require('express');
const { msalConfig, scopes, tell } = require('./client');

const app = express();
app.use(express.static(path.join(__dirname, 'spa')));
const published = process.env.TEST_MSAL || '@azure/msal-browser'; // of any major version
app.get('/msal-browser.js', (req, res) => res.sendFile(path.join(path.dirname(require.resolve(published)), 'msal-browser.min.js')));
app.get('/settings.json', (req, res) => res.json({ ...msalConfig(), scopes }));

const server = app.listen(0, 'localhost', () => tell({ listening: `http://localhost:${server.address().port}/` }));
