// A desktop app: authorization code with PKCE through its own loopback listener, then tokens from the cache and by refresh.
'use strict';

const { PublicClientApplication } = require(process.env.TEST_MSAL || '@azure/msal-node'); // of this version, or an older one
const { msalConfig, scopes, tell, summary, run } = require('./client');

run(async () => {
  const app = new PublicClientApplication(msalConfig());
  const signedIn = await app.acquireTokenInteractive({ scopes, openBrowser: async (url) => tell({ open: url }) });
  tell({ signedIn: summary(signedIn) });
  const [account] = await app.getAllAccounts();
  tell({ cached: summary(await app.acquireTokenSilent({ account, scopes })) });
  tell({ refreshed: summary(await app.acquireTokenSilent({ account, scopes, forceRefresh: true })) });
});
