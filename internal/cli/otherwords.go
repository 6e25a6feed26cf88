package cli

// otherWords are command lines of ciam by the words that people bring along from gh, az, kubectl, gcloud and others: words
// in lower case, after the name of the group of ciam they stand in. A word that is a command of ciam is not here. A bar is
// between two of which either may be meant.
func otherWords() map[string]string {
	return map[string]string{
		"status": "whoami", "me": "whoami", "who": "whoami", "user": "whoami", "session": "whoami", "info": "whoami",
		"users": "whoami --all", "sessions": "whoami --all",
		"account": "whoami", "accounts": "whoami --all", "account show": "whoami", "account list": "whoami --all",
		"account get-access-token": "token", "account set": "switch", "account clear": "logout --all",
		"signin": "login", "sign-in": "login", "log-in": "login", "authenticate": "login", "connect": "login",
		"signup": "login --signup", "sign-up": "login --signup", "register": "login --signup",
		"signout": "logout", "sign-out": "logout", "log-out": "logout", "disconnect": "logout", "revoke": "logout",
		"auth": "login", "auth login": "login", "auth signin": "login", "auth status": "whoami", "auth whoami": "whoami",
		"auth list": "whoami --all", "auth token": "token", "auth print-access-token": "token", "auth get-token": "token",
		"auth print-identity-token": "token --id-token", "auth refresh": "token --force-refresh", "auth switch": "switch",
		"auth logout": "logout", "auth revoke": "logout", "auth signout": "logout",
		"device": "login --device-code", "device-code": "login --device-code", "devicecode": "login --device-code",
		"refresh": "token --force-refresh", "renew": "token --force-refresh", "get-token": "token", "gettoken": "token",
		"get-access-token": "token", "access-token": "token", "print-access-token": "token", "tokens": "token",
		"id-token": "token --id-token", "print-identity-token": "token --id-token",
		"decode": "claims", "jwt": "claims", "inspect": "claims", "userinfo": "claims",
		"curl": "api", "call": "api", "request": "api", "rest": "api", "http": "api", "get": "api",
		"env":   "help environment",
		"serve": "emulator", "server": "emulator", "start": "emulator", "mock": "emulator",
		"try": "demo", "tour": "demo", "example": "demo", "quickstart": "demo",
		"config": "profile list", "profiles": "profile list", "ls": "profile list", "contexts": "profile list",
		"get-contexts": "profile list", "config get-contexts": "profile list", "config list": "profile list",
		"config view": "profile show", "config current-context": "profile show", "current-context": "profile show",
		"config use-context": "profile use", "use-context": "profile use", "context": "profile use", "select": "profile use",
		"config set-context": "profile add", "set-context": "profile add", "configure": "profile add", "init": "profile add",
		"new": "profile add", "create": "profile add", "config set": "profile add", "config delete-context": "profile remove",
		"error": "explain|help exit-codes", "errors": "explain|help exit-codes", "codes": "explain|help exit-codes", "code": "explain", "aadsts": "explain", "why": "explain",
		"man": "help", "docs": "help", "usage": "help", "commands": "help", "variables": "help environment",
		"ver": "version", "about": "version",

		"profile ls": "profile list", "profile new": "profile add", "profile create": "profile add", "profile set": "profile use",
		"profile edit": "profile add", "profile update": "profile add", "profile select": "profile use", "profile switch": "profile use",
		"profile default": "profile use", "profile get": "profile show", "profile view": "profile show", "profile describe": "profile show",
		"profile current": "profile show", "profile delete": "profile remove", "profile del": "profile remove", "profile unset": "profile remove",
		"emulator start": "emulator", "emulator serve": "emulator", "emulator up": "emulator", "emulator exec": "emulator run",
		"emulator dump": "emulator export", "emulator save": "emulator export", "emulator cert": "emulator ca",
		"emulator certificate": "emulator ca", "emulator seed": "emulator export",
	}
}

// otherFlags are flags of ciam by the names that people bring along, each with what the first command that has it is to be
// given; the first one that the command has is meant.
func otherFlags() map[string][]string {
	return map[string][]string{
		"context": {"--profile NAME"}, "subscription": {"--profile NAME"}, "name": {"--profile NAME"},
		"user": {"--account PERSON"}, "username": {"--email EMAIL", "--login-hint EMAIL", "--account PERSON"}, "as": {"--account PERSON"},
		"hint": {"--login-hint EMAIL"}, "format": {"--output FORMAT"}, "json": {"-o json"}, "yaml": {"-o json"}, "query": {"--jq EXPRESSION"}, "filter": {"--jq EXPRESSION"},
		"verbose": {"--debug"}, "trace": {"--debug"}, "log-level": {"--debug"}, "silent": {"--quiet"}, "only-show-errors": {"--quiet"},
		"non-interactive": {"--no-input"}, "yes": {"--no-input"}, "batch": {"--no-input"}, "no-colour": {"--no-color"}, "color": {"--no-color"},
		"kubeconfig": {"--config FILE"}, "config-file": {"--config FILE"},
		"tenant-id": {"--tenant TENANT"}, "authority": {"--tenant TENANT"}, "domain": {"--tenant TENANT"}, "issuer-url": {"--tenant TENANT"},
		"app": {"--client-id ID"}, "app-id": {"--client-id ID"}, "application": {"--client-id ID"}, "clientid": {"--client-id ID"},
		"resource": {"--scope SCOPE"}, "audience": {"--scope SCOPE"}, "use-device-code": {"--device-code"}, "device": {"--device-code"},
		"web": {"--device-code"}, "no-launch-browser": {"--no-browser"}, "headless": {"--no-browser"}, "browser": {"--no-browser"},
		"register": {"--signup"}, "sign-up": {"--signup"}, "create": {"--signup"}, "client-secret": {"--client-secret-file FILE"}, "secret": {"--client-secret-file FILE"},
		"password": {"--password-stdin"}, "code": {"--code-stdin"}, "otp": {"--code-stdin"}, "certificate": {"--client-certificate FILE"},
		"refresh": {"--force-refresh"}, "force": {"--force-refresh", "--replace"}, "renew": {"--force-refresh"}, "out": {"--to-file FILE"}, "output-file": {"--to-file FILE"},
		"body": {"--data BODY"}, "request": {"--data BODY"}, "method": {"--data BODY"}, "storage": {"--token-store KIND"}, "store": {"--token-store KIND"},
		"insecure-storage": {"--token-store file"}, "wait": {"--timeout DURATION"}, "everywhere": {"--all"}, "everyone": {"--all"}, "host": {"--listen ADDRESS"}, "bind": {"--listen ADDRESS"},
		"database": {"--data FOLDER"}, "file": {"--seed FILE", "--to-file FILE", "--data BODY"},
	}
}
