// Which tokens jose accepts: those of a file, by keys, issuer and audiences that are given, with 300 seconds of tolerance.
'use strict';

const fs = require('node:fs');
const { tell } = require('./client');

(async () => {
  const { createLocalJWKSet, jwtVerify } = await import('jose');
  const { tokens, keys, issuer, audiences } = JSON.parse(fs.readFileSync(process.env.TEST_TOKENS, 'utf8'));
  const set = createLocalJWKSet(keys);
  const answers = [];
  for (const token of tokens) {
    try {
      await jwtVerify(token, set, { issuer, audience: audiences, clockTolerance: 300 });
      answers.push('accepted');
    } catch (err) {
      answers.push([err.code ?? err.name, err.claim].filter(Boolean).join(' '));
    }
  }
  tell({ answers });
})();
