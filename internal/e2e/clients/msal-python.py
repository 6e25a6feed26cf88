"""MSAL for Python: a desktop app, a headless app, or a daemon, with tokens from the cache and past it."""

import json
import os
import sys

import msal

AUTHORITY = {"authority": os.environ["CIAM_AUTHORITY"], "validate_authority": False}  # else MSAL asks Microsoft about the host
CLIENT_ID = os.environ["CIAM_CLIENT_ID"]
SCOPES = os.environ["TEST_SCOPES"].split()


def tell(key, value):
    print(json.dumps({key: value}), flush=True)


def summary(result, cached=None):
    if "access_token" not in result:
        return {"error": result.get("error"), "description": result.get("error_description")}
    claims = result.get("id_token_claims") or {}
    return {
        "username": claims.get("preferred_username"), "name": claims.get("name"), "oid": claims.get("oid"),
        "accessToken": result["access_token"], "fromCache": result["access_token"] == cached,
    }


def renew(app, first):
    account = app.get_accounts()[0]
    cached = app.acquire_token_silent(SCOPES, account=account)
    tell("cached", {**summary(cached, first["access_token"]), "oid": first["id_token_claims"]["oid"]})
    tell("refreshed", summary(app.acquire_token_silent(SCOPES, account=account, force_refresh=True), first["access_token"]))


def desktop():
    app = msal.PublicClientApplication(CLIENT_ID, **AUTHORITY)
    tell("cancelled", summary(app.acquire_token_interactive(SCOPES, timeout=30)))
    first = app.acquire_token_interactive(SCOPES, timeout=30)  # $BROWSER opens the address
    tell("signedIn", summary(first))
    renew(app, first)


def device():
    app = msal.PublicClientApplication(CLIENT_ID, **AUTHORITY)
    flow = app.initiate_device_flow(SCOPES)
    tell("code", {"userCode": flow.get("user_code"), "verificationURI": flow.get("verification_uri"), "error": flow.get("error_description")})
    first = app.acquire_token_by_device_flow(flow)
    tell("signedIn", summary(first))
    renew(app, first)


def daemon():
    secret = os.environ.get("CIAM_CLIENT_SECRET")
    if not secret:
        with open(os.environ["TEST_KEY_FILE"]) as key:
            secret = {"private_key": key.read(), "thumbprint": os.environ["TEST_THUMBPRINT"]}
    app = msal.ConfidentialClientApplication(CLIENT_ID, client_credential=secret, **AUTHORITY)
    first = app.acquire_token_for_client(SCOPES)
    tell("first", summary(first))
    cached = app.acquire_token_silent(SCOPES, account=None)
    tell("cached", summary(cached, first.get("access_token")))
    tell("fresh", summary(app.acquire_token_for_client(SCOPES)))


{"desktop": desktop, "device": device, "daemon": daemon}[sys.argv[1]]()
