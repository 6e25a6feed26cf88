package appconfig

import (
	"fmt"
	"strings"
	"testing"
)

const (
	app = "00001111-aaaa-2222-bbbb-3333cccc4444"
	tid = "aaaabbbb-0000-cccc-1111-dddd2222eeee"
)

// shown is what a file came to, on a line.
func shown(all []Settings, err error) string {
	if err != nil {
		return err.Error()
	}
	var lines []string
	for _, s := range all {
		line := strings.TrimSpace(strings.Join([]string{s.Section, s.Tenant, s.ClientID, s.RedirectURI, strings.Join(s.Scopes, "+"), string(s.ClientSecret), s.Certificate}, " "))
		lines = append(lines, fmt.Sprintf("%s ?%s !%s", strings.Join(strings.Fields(line), " "), strings.Join(s.Placeholders, ","), strings.Join(s.Unknown, ",")))
	}
	return strings.Join(lines, " | ")
}

func TestParse(t *testing.T) {
	for _, c := range []struct{ name, file, src, want string }{
		{"the Node sample's .env", ".env", "CLIENT_ID=" + app + "\nCLIENT_SECRET='a#b~c'\nTENANT_SUBDOMAIN=contoso\nREDIRECT_URI=http://localhost:3000/auth/redirect\nPOST_LOGOUT_REDIRECT_URI=http://localhost:3000\nEXPRESS_SESSION_SECRET=x\n",
			"contoso " + app + " http://localhost:3000/auth/redirect a#b~c ? !EXPRESS_SESSION_SECRET"},
		{"an authority without a tenant", ".env", "AUTHORITY=https://localhost:8443/\nTENANT_SUBDOMAIN=contoso\nCLIENT_ID=" + app, "https://localhost:8443/contoso.onmicrosoft.com " + app + " ? !"},
		{"an authority of ciamlogin.com", ".env.local", "AUTHORITY=https://contoso.ciamlogin.com/\nTENANT_SUBDOMAIN=contoso\nCLIENT_ID=" + app, "https://contoso.ciamlogin.com " + app + " ? !"},
		{"quotes, export, comments, references", "dev.env", "# c\nexport TENANT_SUBDOMAIN = \"contoso\" # c\nAUTHORITY=\"https://${TENANT_SUBDOMAIN}.ciamlogin.com/\"\n\nCLIENT_ID=" + app + " # the app\r\nX=\"a\nb=\"\n",
			"https://contoso.ciamlogin.com " + app + " ? !X"},
		{"prefixes of builders", ".env", "VITE_TENANT_ID=" + tid + "\nREACT_APP_CLIENT_ID=" + app + "\nNEXT_PUBLIC_SCOPES=api://x/a api://x/b\n", tid + " " + app + " api://x/a+api://x/b ? !"},
		{"Azure's names", ".env", "AZURE_TENANT_ID=" + tid + "\nAZURE_CLIENT_ID=" + app + "\nAZURE_CLIENT_SECRET=s\nAZURE_CLIENT_CERTIFICATE_PATH=c.pem", tid + " " + app + " s c.pem ? !"},
		{"placeholders", ".env", "TENANT_SUBDOMAIN=Enter_the_Tenant_Subdomain_Here\nCLIENT_ID=<app id>\nCLIENT_SECRET=\n", " ?TENANT_SUBDOMAIN,CLIENT_ID !"},
		{"nothing is run", ".env", "CLIENT_SECRET=$(cat /etc/passwd)`id`\nCLIENT_ID=" + app, app + " $(cat /etc/passwd)`id` ? !"},
		{"no .env", ".env", "CLIENT_ID=x\nhello secret\n", "line 2: is not NAME=value"},
		{"a quote that does not end", ".env", "CLIENT_ID=\"x\n", "line 1: a quoted value does not end"},
		{"nothing in it", ".env", "# only this\n", ""},
		{"appsettings.json", "appsettings.json", "\ufeff{ // c\n\"Logging\":{\"LogLevel\":{\"Default\":\"Information\"}},\"AzureAd\":{\"Authority\":\"https://contoso.ciamlogin.com/\",\"ClientId\":\"" + app + "\",\"ClientCredentials\":[{\"SourceType\":\"ClientSecret\",\"ClientSecret\":\"s3\"}],\"CallbackPath\":\"/signin-oidc\",\"Odd\":\"v\",},}",
			"AzureAd https://contoso.ciamlogin.com " + app + " s3 ? !Odd"},
		{"appsettings with an instance", "appsettings.Development.json", `{"EntraId":{"instance":"https://contoso.ciamlogin.com/","tenantid":"` + tid + `","CLIENTID":"` + app + `"}}`, "EntraId https://contoso.ciamlogin.com/" + tid + " " + app + " ? !"},
		{"appsettings of the workforce", "appsettings.json", `{"AzureAd":{"Instance":"https://login.microsoftonline.com/","Domain":"contoso.onmicrosoft.com","TenantId":"` + tid + `","ClientId":"` + app + `"}}`, "AzureAd https://login.microsoftonline.com/" + tid + " " + app + " ? !"},
		{"a certificate", "appsettings.json", `{"AzureAd":{"ClientId":"` + app + `","ClientCertificates":[{"SourceType":"Path","CertificateDiskPath":"c.pfx","CertificatePassword":"x"}]}}`, "AzureAd " + app + " c.pfx ? !ClientCertificates.CertificatePassword"},
		{"two apps", "appsettings.json", `{"A":{"ClientId":"1"},"B":{"ClientId":"2"}}`, "A 1 ? ! | B 2 ? !"},
		{"MSAL's JSON", "authConfig.json", `{"auth":{"clientId":"` + app + `","authority":"https://contoso.ciamlogin.com/","redirectUri":"http://localhost:3000","knownAuthorities":["contoso.ciamlogin.com"]},"cache":{"cacheLocation":"sessionStorage"}}`, "auth https://contoso.ciamlogin.com " + app + " http://localhost:3000 ? !"},
		{"authConfig.js", "authConfig.js", "require('dotenv').config();\n\nconst TENANT_SUBDOMAIN = process.env.TENANT_SUBDOMAIN || 'contoso'\nconst REDIRECT_URI = process.env.REDIRECT_URI || \"http://localhost:3000/auth/redirect\";\n/**\n * Don't \"run\" me\n */\nconst msalConfig = {\n  auth: {\n    clientId: process.env.CLIENT_ID || '" + app + "', // 'Application (client) ID'\n    authority: process.env.AUTHORITY || `https://${TENANT_SUBDOMAIN}.ciamlogin.com/`,\n    clientSecret: process.env.CLIENT_SECRET || 'Enter_the_Client_Secret_Here',\n    redirectUri: REDIRECT_URI,\n    fromElsewhere: load('x'),\n  },\n  system: { loggerOptions: { loggerCallback(loglevel, message, containsPii) { console.log(message); }, piiLoggingEnabled: false, logLevel: 'Info' } },\n}\nconst loginRequest = { scopes: ['api://x/read', \"openid\"] }\nmodule.exports = { msalConfig, REDIRECT_URI, TENANT_SUBDOMAIN };\n",
			"msalConfig.auth https://contoso.ciamlogin.com " + app + " http://localhost:3000/auth/redirect api://x/read+openid ?clientSecret !"},
		{"TypeScript", "authConfig.ts", "import { Configuration } from '@azure/msal-browser';\nexport const msalConfig: Configuration = {\n auth: { clientId: '" + app + "' as string, authority: 'https://' + 'contoso' + '.ciamlogin.com', },\n} as const\nexport const x = 1\n", "msalConfig.auth https://contoso.ciamlogin.com " + app + " ? !"},
		{"no semicolons", "a.mjs", "const ID = '" + app + "'\nmodule.exports = { auth: { clientId: ID } }", "auth " + app + " ? !"},
		{"a default export", "a.mjs", "export default { auth: { clientId: '" + app + "', authority: cond ? 'a' : 'b' } }", "auth " + app + " ? !"},
		{"a script without a name", "config", "const a = { auth: { clientId: '" + app + "' } }", "a.auth " + app + " ? !"},
		{"broken JSON", "a.json", "{\n\"clientId\": \"secret", "line 2: a text does not end"},
		{"an open comment", "a.js", "/* x", "line 1: a comment does not end"},
		{"no settings", "a.json", `{"name":"x","version":"1"}`, ""},
		{"brackets that do not match", "a.js", "const a = [ ) ; ] } { x: [ }", ""},
	} {
		if got := shown(Parse(c.file, strings.TrimPrefix(c.src, "\ufeff"))); strings.TrimSpace(got) != strings.TrimSpace(c.want) {
			t.Errorf("%s:\n got %s\nwant %s", c.name, got, c.want)
		}
	}
}

func TestSecret(t *testing.T) {
	s := Settings{ClientSecret: "hunter2"}
	if out := fmt.Sprintf("%v %+v %#v %s %q", s, s, s, s.ClientSecret, s.ClientSecret); strings.Contains(out, "hunter2") {
		t.Error(out)
	}
}

// FuzzParse: whatever it is, it ends, and an error quotes nothing of it.
func FuzzParse(f *testing.F) {
	f.Add(".env", "A=b\nC='d")
	f.Add("a.js", "const a = { b: [ 'c', { d: `e${f}` } ], g() { return 1 } }")
	f.Add("a.json", `{"auth":{"clientId":"x",},}`)
	f.Fuzz(func(t *testing.T, name, src string) {
		if len(src) > 4<<10 {
			return
		}
		Parse(name, src)
	})
}
