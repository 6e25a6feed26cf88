// An administrator, signed in by MSAL Node, sets an empty tenant up with Microsoft's client for Graph, and undoes it when told to.
'use strict';

const { PublicClientApplication } = require('@azure/msal-node');
const { Client } = require('@microsoft/microsoft-graph-client');
const { createInterface } = require('node:readline');
const { msalConfig, scopes, tell, summary, run } = require('./client');

const type = (name) => ({ '@odata.type': `#microsoft.graph.${name}` });
const graphs = "/servicePrincipals(appId='00000003-0000-0000-c000-000000000000')";

// refused is what Graph answered to a call that has to fail.
const refused = (call) => call.then(() => ({}), ({ statusCode, code, requestId }) => ({ statusCode, code, requestId }));

async function setUp(graph) {
  const [tenant] = (await graph.api('/organization').select('id,displayName,tenantType').get()).value;
  const application = {
    displayName: 'made by the client', signInAudience: 'AzureADMyOrg', isFallbackPublicClient: true,
    publicClient: { redirectUris: ['http://localhost'] }, api: { requestedAccessTokenVersion: 2 },
  };
  const upsert = () => graph.api("/applications(uniqueName='ciam-made')").header('Prefer', 'create-if-missing').patch(application);
  const app = await upsert();
  const again = await upsert(); // 204, without a body
  const early = await refused(graph.api('/oauth2PermissionGrants').post({ clientId: app.id, consentType: 'AllPrincipals', resourceId: app.id, scope: 'openid' }));
  const principal = await graph.api('/servicePrincipals').post({ appId: app.appId, tags: ['WindowsAzureActiveDirectoryIntegratedApp'] });
  const { id: resourceId } = await graph.api(graphs).select('id').get();
  const grant = await graph.api('/oauth2PermissionGrants').post({ clientId: principal.id, consentType: 'AllPrincipals', resourceId, scope: 'openid profile offline_access' });
  const attribute = await graph.api('/identity/userFlowAttributes').post({ displayName: 'Hobby', description: 'Your hobby', dataType: 'string' });
  const input = (name, label, shown) => ({
    attribute: name, label, inputType: 'text', hidden: !shown, editable: shown, writeToDirectory: true, required: true, validationRegEx: '^.*', options: [],
  });
  const flow = await graph.api('/identity/authenticationEventsFlows').post({
    ...type('externalUsersSelfServiceSignUpEventsFlow'), displayName: 'Made',
    onInteractiveAuthFlowStart: { ...type('onInteractiveAuthFlowStartExternalUsersSelfServiceSignUp'), isSignUpAllowed: true },
    onAuthenticationMethodLoadStart: {
      ...type('onAuthenticationMethodLoadStartExternalUsersSelfServiceSignUp'),
      identityProviders: [{ ...type('builtInIdentityProvider'), id: 'EmailPassword-OAUTH' }],
    },
    onAttributeCollection: {
      ...type('onAttributeCollectionExternalUsersSelfServiceSignUp'),
      attributes: [{ id: 'email', userFlowAttributeType: 'builtIn', dataType: 'string' }, { id: attribute.id, userFlowAttributeType: 'custom', dataType: 'string' }],
      attributeCollectionPage: { views: [{ inputs: [input('email', 'Email Address', false), input(attribute.id, 'What you like', true)] }] },
    },
  });
  const links = `/identity/authenticationEventsFlows/${flow.id}/conditions/applications/includeApplications`;
  await graph.api(links).post({ ...type('authenticationConditionApplication'), appId: app.appId });
  const twice = await refused(graph.api(links).post({ ...type('authenticationConditionApplication'), appId: app.appId }));
  const linked = await graph.api('/identity/authenticationEventsFlows')
    .filter(`microsoft.graph.externalUsersSelfServiceSignUpEventsFlow/conditions/applications/includeApplications/any(a:a/appId eq '${app.appId}')`).get();
  const pages = await graph.api('/servicePrincipals').top(1).get();
  return { app, principal, grant, attribute, flow, tenant, again: again === undefined, early, twice, linked: linked.value.map((f) => f.id), next: pages['@odata.nextLink'] };
}

// tearDown deletes in the order that the service needs.
async function tearDown(graph, { app, grant, attribute, flow }) {
  await graph.api(`/identity/authenticationEventsFlows/${flow.id}/conditions/applications/includeApplications/${app.appId}`).delete();
  await graph.api(`/identity/authenticationEventsFlows/${flow.id}`).delete();
  await graph.api(`/oauth2PermissionGrants/${grant.id}`).delete();
  await graph.api(`/applications/${app.id}`).delete();
  await graph.api(`/identity/userFlowAttributes/${attribute.id}`).delete();
  const gone = await refused(graph.api(`/applications/${app.id}`).get());
  const deleted = await graph.api('/directory/deletedItems/microsoft.graph.application').get();
  await graph.api(`/directory/deletedItems/${app.id}`).delete();
  return { gone, deleted: deleted.value.map((a) => a.id) };
}

run(async () => {
  const admin = new PublicClientApplication(msalConfig());
  const signedIn = await admin.acquireTokenInteractive({ scopes, openBrowser: async (url) => tell({ open: url }) });
  tell({ signedIn: summary(signedIn) });
  const root = new URL(process.env.CIAM_AUTHORITY);
  const graph = Client.init({
    baseUrl: `${root.origin}/graph/`, defaultVersion: 'v1.0', customHosts: new Set([root.hostname]), authProvider: (done) => done(null, signedIn.accessToken),
  });
  const made = await setUp(graph);
  tell({ made });
  await new Promise((resolve) => createInterface({ input: process.stdin }).once('line', resolve).once('close', resolve));
  tell({ undone: await tearDown(graph, made) });
  process.exit(0);
});
