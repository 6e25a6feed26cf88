// A daemon: client credentials with a secret or a certificate, then from the cache, then past it.
'use strict';

const { X509Certificate } = require('node:crypto');
const { readFileSync } = require('node:fs');
const { ConfidentialClientApplication } = require('@azure/msal-node');
const { msalConfig, scopes, tell, summary, run } = require('./client');

function credential() {
  const { TEST_KEY_FILE: key, TEST_CERTIFICATE_FILE: certificate } = process.env;
  if (!certificate) return { clientSecret: process.env.CIAM_CLIENT_SECRET };
  const thumbprintSha256 = new X509Certificate(readFileSync(certificate)).fingerprint256.replaceAll(':', '');
  return { clientCertificate: { thumbprintSha256, privateKey: readFileSync(key, 'utf8') } };
}

run(async () => {
  const app = new ConfidentialClientApplication(msalConfig(credential()));
  tell({ first: summary(await app.acquireTokenByClientCredential({ scopes })) });
  tell({ cached: summary(await app.acquireTokenByClientCredential({ scopes })) });
  tell({ fresh: summary(await app.acquireTokenByClientCredential({ scopes, skipCache: true })) });
});
