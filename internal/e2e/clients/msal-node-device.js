// A headless app: device code.
'use strict';

const { PublicClientApplication } = require('@azure/msal-node');
const { msalConfig, scopes, tell, summary, run } = require('./client');

run(async () => {
  const app = new PublicClientApplication(msalConfig());
  const signedIn = await app.acquireTokenByDeviceCode({ scopes, deviceCodeCallback: (code) => tell({ code }) });
  tell({ signedIn: summary(signedIn) });
});
