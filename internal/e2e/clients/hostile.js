// Judges the hostile tokens of TEST_CASES by jose, with the issuer, audience, leeway and time that ciam uses.
'use strict';

const fs = require('node:fs');
const { tell } = require('./client');

(async () => {
  const { createLocalJWKSet, jwtVerify } = await import('jose');
  const { now, keys, issuer, audience, cases } = JSON.parse(fs.readFileSync(process.env.TEST_CASES));
  const keySet = createLocalJWKSet(keys);
  const accepted = [];
  for (const { Name, Token } of cases) {
    try {
      await jwtVerify(Token, keySet, { issuer, audience, clockTolerance: 300, currentDate: new Date(now) });
      accepted.push(Name);
    } catch { /* refused */ }
  }
  tell({ accepted });
})();
