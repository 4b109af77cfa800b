"""Firebase's sign-in calls as its SDKs make them, and those of an administrator of the project."""

import base64
import json
import secrets
from dataclasses import dataclass
from typing import Any

import httpx2

TOOLKIT = "/identitytoolkit.googleapis.com/v1"
PASSWORD = "correct horse"
OWNER = {"Authorization": "Bearer owner"}


@dataclass(frozen=True)
class SignedIn:
    uid: str
    token: str
    refresh_token: str
    email: str = ""

    @property
    def claims(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(base64.urlsafe_b64decode(self.token.split(".")[1] + "=="))
        return found


@dataclass(frozen=True)
class FirebaseClient:
    http: httpx2.AsyncClient
    project: str

    async def sign_up(self, name: str = "asha") -> SignedIn:
        """Somebody new, with an address that nobody has had."""
        email = f"{name}-{secrets.token_hex(4)}@example.org"
        return _session(await self._call("signUp", email=email, password=PASSWORD), email)

    async def anonymous(self) -> SignedIn:
        return _session(await self._call("signUp"))

    async def sign_in(self, email: str) -> SignedIn:
        return _session(await self._call("signInWithPassword", email=email, password=PASSWORD), email)

    async def with_phone(self, number: str) -> SignedIn:
        sent = await self._call("sendVerificationCode", phoneNumber=number, recaptchaToken="none")
        codes = (await self.http.get(f"/emulator/v1/projects/{self.project}/verificationCodes")).json()
        code = next(one["code"] for one in codes["verificationCodes"] if one["sessionInfo"] == sent["sessionInfo"])
        return _session(await self._call("signInWithPhoneNumber", sessionInfo=sent["sessionInfo"], code=code))

    async def refreshed(self, session: SignedIn) -> SignedIn:
        """With the next ID token, as the SDK has it made when the old one is over."""
        form = {"grant_type": "refresh_token", "refresh_token": session.refresh_token}
        answer = await self.http.post("/securetoken.googleapis.com/v1/token?key=any", data=form)
        answer.raise_for_status()
        told = answer.json()
        return SignedIn(session.uid, told["id_token"], told["refresh_token"], session.email)

    async def new_password(self, session: SignedIn, password: str) -> SignedIn:
        changed = await self._call("update", idToken=session.token, password=password)
        return _session(changed, session.email)

    async def account(self, uid: str) -> dict[str, Any] | None:
        found: list[dict[str, Any]] = (await self.administer("lookup", localId=[uid])).get("users", [])
        return found[0] if found else None

    async def administer(self, verb: str, **body: object) -> dict[str, Any]:
        """What an administrator does in Firebase's console."""
        path = f"{TOOLKIT}/projects/{self.project}/accounts:{verb}"
        answer = await self.http.post(path, json=body, headers=OWNER)
        answer.raise_for_status()
        found: dict[str, Any] = answer.json()
        return found

    async def _call(self, verb: str, **body: object) -> dict[str, Any]:
        whole = {**body, "returnSecureToken": True}
        answer = await self.http.post(f"{TOOLKIT}/accounts:{verb}?key=any", json=whole)
        answer.raise_for_status()
        found: dict[str, Any] = answer.json()
        return found


def unsigned(claims: dict[str, Any]) -> str:
    """A token as the emulator makes it: nobody signs it."""
    header = {"alg": "none", "typ": "JWT"}
    return f"{_encoded(header)}.{_encoded(claims)}."


def _encoded(part: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode()


def _session(answer: dict[str, Any], email: str = "") -> SignedIn:
    return SignedIn(answer["localId"], answer["idToken"], answer["refreshToken"], email)
