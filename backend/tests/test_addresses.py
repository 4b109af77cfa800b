"""Which addresses of strangers are taken: public https ones of allowed hosts, however they are written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from app.core.addresses import AddressRule, canonical, is_host_pattern, path_below
from app.core.settings import Environment, IdentityKind, Misconfigured, Settings
from app.schemas.disaster import DisasterCreate

ANY = AddressRule()

HOSTILE = [
    # not of the web, or not https
    "",
    "photo.jpg",
    "/media/abc",
    "//photos.example.org/a.jpg",
    "http://photos.example.org/a.jpg",
    "ftp://photos.example.org/a.jpg",
    "file:///etc/passwd",
    "gopher://photos.example.org/",
    "javascript:alert(1)",
    "data:image/png;base64,iVBORw0KGgo=",
    "blob:https://photos.example.org/1",
    "https://",
    "https:///a.jpg",
    "https://?a",
    # credentials
    "https://user@photos.example.org/a.jpg",
    "https://user:secret@photos.example.org/a.jpg",
    "https://:@photos.example.org/a.jpg",
    "https://photos.example.org@127.0.0.1/a.jpg",
    "https:photos.example.org@example.net/a.jpg",
    # ports
    "https://photos.example.org:8443/a.jpg",
    "https://photos.example.org:80/a.jpg",
    "https://photos.example.org:22/a.jpg",
    "https://photos.example.org:99999/a.jpg",
    # this machine and its neighbours, by name
    "https://localhost/a.jpg",
    "https://LOCALHOST/a.jpg",
    "https://localhost./a.jpg",
    "https://localhost%2e/a.jpg",
    "https://photos.localhost/a.jpg",
    "https://printer.local/a.jpg",
    "https://db.internal/a.jpg",
    "https://db.internal./a.jpg",
    "https://router.lan/a.jpg",
    "https://nas.home.arpa/a.jpg",
    "https://wiki.corp/a.jpg",
    "https://intranet/a.jpg",
    "https://kubernetes/a.jpg",
    "https://kubernetes.default.svc.cluster.local/a.jpg",
    "https://something.onion/a.jpg",
    # where clouds keep secrets
    "https://metadata/computeMetadata/v1/",
    "https://metadata.google.internal/computeMetadata/v1/",
    "https://METADATA.GOOGLE.INTERNAL/",
    "https://metadata.goog/",
    "https://instance-data/latest/",
    "https://169.254.169.254/latest/meta-data/",
    "https://100.100.100.200/latest/meta-data/",
    "https://[fd00:ec2::254]/latest/meta-data/",
    # this machine and its neighbours, by number, in every notation
    "https://127.0.0.1/a.jpg",
    "https://127.1/a.jpg",
    "https://127.0.0.1./a.jpg",
    "https://2130706433/a.jpg",
    "https://0x7f000001/a.jpg",
    "https://0x7f.1/a.jpg",
    "https://0177.0.0.1/a.jpg",
    "https://017700000001/a.jpg",
    "https://%31%32%37.0.0.1/a.jpg",
    "https://１２７.0.0.1/a.jpg",
    "https://127。0。0。1/a.jpg",
    "https://0/a.jpg",
    "https://0.0.0.0/a.jpg",
    "https://10.1.2.3/a.jpg",
    "https://172.16.0.1/a.jpg",
    "https://192.168.0.10/a.jpg",
    "https://3232235530/a.jpg",
    "https://100.64.0.1/a.jpg",
    "https://192.0.0.8/a.jpg",
    "https://192.0.2.1/a.jpg",
    "https://198.18.0.1/a.jpg",
    "https://224.0.0.1/a.jpg",
    "https://240.0.0.1/a.jpg",
    "https://255.255.255.255/a.jpg",
    "https://[::]/a.jpg",
    "https://[::1]/a.jpg",
    "https://[0:0:0:0:0:0:0:1]/a.jpg",
    "https://[::127.0.0.1]/a.jpg",
    "https://[::ffff:127.0.0.1]/a.jpg",
    "https://[::ffff:7f00:1]/a.jpg",
    "https://[::ffff:8.8.8.8]/a.jpg",
    "https://[64:ff9b::7f00:1]/a.jpg",
    "https://[64:ff9b:1::1]/a.jpg",
    "https://[2002:7f00:1::]/a.jpg",
    "https://[2001:0:7f00:1::]/a.jpg",
    "https://[2001:db8::1]/a.jpg",
    "https://[fe80::1]/a.jpg",
    "https://[fe80::1%25eth0]/a.jpg",
    "https://[fc00::1]/a.jpg",
    "https://[ff02::1]/a.jpg",
    # names that lead back here
    "https://127.0.0.1.nip.io/a.jpg",
    "https://10-0-0-1.sslip.io/a.jpg",
    "https://localtest.me/a.jpg",
    # what readers read differently
    "https://photos.example.org\\@127.0.0.1/a.jpg",
    "https:\\\\photos.example.org\\a.jpg",
    "https://photos.exa mple.org/a.jpg",
    "https://photos.example.org/\ta.jpg",
    " https://photos.example.org/a.jpg",
    "https://photos.example.org/a.jpg\n",
    "https://photos.exa\u0000mple.org/a.jpg",
    "https://photos..example.org/a.jpg",
    "https://.example.org/a.jpg",
    "https://-photos.example.org/a.jpg",
    "https://photos.example.org./a.jpg",
    "https://127.0.0.1%00.example.org/a.jpg",
    "https://xn--/a.jpg",
    "https://" + "a" * 64 + ".example.org/a.jpg",
    "https://photos.example.org/" + "a" * 2_000,
    "https://photos.example.org/" + "ජ" * 500,
]


@pytest.mark.parametrize("address", HOSTILE, ids=lambda address: repr(address)[:60])
def test_an_address_that_leads_elsewhere_than_to_the_public_web_is_refused(address: str) -> None:
    with pytest.raises(ValueError, match=r"^[A-Z].*\.$") as refused:
        ANY.checked(address)

    assert not address or address not in str(refused.value)


@pytest.mark.parametrize("address", [one for one in HOSTILE if "localhost/" not in one.lower()])
def test_no_own_address_and_no_developers_machine_lets_another_in(address: str) -> None:
    rule = AddressRule(localhost=True)

    with pytest.raises(ValueError, match=r"\.$"):
        rule.checked(address, own="https://api.example.org")


FRIENDLY = {
    "https://photos.example.org/a.jpg": "https://photos.example.org/a.jpg",
    "https://bucket.s3.ap-south-1.amazonaws.com/flood/1.jpg?X-Amz-Signature=ab%2Fc&x=1": (
        "https://bucket.s3.ap-south-1.amazonaws.com/flood/1.jpg?X-Amz-Signature=ab%2Fc&x=1"
    ),
    "HTTPS://Photos.Example.ORG:443/A.jpg": "https://photos.example.org/A.jpg",
    "https://photos.example.org": "https://photos.example.org/",
    "https://photos.example.org/WhatsApp Image 1.jpeg": "https://photos.example.org/WhatsApp%20Image%201.jpeg",
    "https://photos.example.org/ජල.jpg": "https://photos.example.org/%E0%B6%A2%E0%B6%BD.jpg",
    "https://photos.example.org/a/../b.jpg": "https://photos.example.org/b.jpg",
    "https://photos.example.org/@name/a.jpg": "https://photos.example.org/@name/a.jpg",
    "https://my_bucket.example.org/a.jpg": "https://my_bucket.example.org/a.jpg",
    "https://ශ්‍රී.example.org/a.jpg": "https://xn--10cl1a0b660p.example.org/a.jpg",
    "https://8.8.8.8/a.jpg": "https://8.8.8.8/a.jpg",
    "https://134744072/a.jpg": "https://8.8.8.8/a.jpg",
    "https://[2606:4700:4700::1111]/a.jpg": "https://[2606:4700:4700::1111]/a.jpg",
    "https://local.example.org/internal/localhost": "https://local.example.org/internal/localhost",
}


@pytest.mark.parametrize(("address", "form"), FRIENDLY.items())
def test_a_public_address_is_kept_in_its_one_form(address: str, form: str) -> None:
    assert ANY.checked(address) == form
    assert ANY.checked(form) == form


@given(st.text(max_size=80) | st.from_regex(r"\Ahttps?://[!-~]{0,40}\Z"))
def test_whatever_comes_is_refused_or_stays_what_it_became(address: str) -> None:
    try:
        form = ANY.checked(address)
    except ValueError:
        return

    assert form.startswith("https://")
    assert ANY.checked(form) == form


def test_only_the_hosts_of_the_list_are_taken() -> None:
    rule = AddressRule(("photos.example.org", "*.cdn.example.net"))

    for host in ("photos.example.org", "PHOTOS.example.org", "a.cdn.example.net", "a.b.cdn.example.net"):
        assert rule.checked(f"https://{host}/a.jpg")
    for host in (
        "example.org",
        "a.photos.example.org",
        "cdn.example.net",
        "evilcdn.example.net",
        "photos.example.org.evil.com",
        "8.8.8.8",
    ):
        with pytest.raises(ValueError, match="not one of those"):
            rule.checked(f"https://{host}/a.jpg")


def test_a_developer_may_use_localhost_by_name_only() -> None:
    rule = AddressRule(("photos.example.org",), localhost=True)

    assert rule.checked("http://localhost:9000/bucket/a.jpg") == "http://localhost:9000/bucket/a.jpg"
    for address in ("http://127.0.0.1:9000/a.jpg", "http://localhost.example.org/a.jpg", "http://x.localhost/a.jpg"):
        with pytest.raises(ValueError, match=r"\.$"):
            rule.checked(address)


@pytest.mark.parametrize("own", ["http://127.0.0.1:8000", "http://[::1]:8000/resq", "https://resq.example.org"])
def test_what_lies_below_this_apis_own_address_is_taken(own: str) -> None:
    rule = AddressRule(("photos.example.org",))

    assert rule.checked(f"{own}/media/abc", own=own) == f"{own}/media/abc"
    for address in (f"{own}1/media/abc", f"{own}.evil.com/media/abc", own.replace("://", "://x@") + "/media/abc"):
        with pytest.raises(ValueError, match=r"\.$"):
            rule.checked(address, own=own)


def test_the_path_below_an_address_is_read_decoded_and_without_query() -> None:
    assert canonical("HTTPS://Api.Example.org:443/resq/") == "https://api.example.org/resq"
    assert path_below("https://api.example.org/media/%61bc?x=/media/z#y", "https://api.example.org") == "/media/abc"
    assert path_below("https://api.example.org.evil.com/media/a", "https://api.example.org") is None


@pytest.mark.parametrize("pattern", ["*", "photos.example.org", "*.example.org", "8.8.8.8"])
def test_hosts_and_suffixes_can_stand_in_the_list(pattern: str) -> None:
    assert is_host_pattern(pattern)


@pytest.mark.parametrize(
    "pattern", ["", "*.org", "*.", "https://a.org", "a.org/x", "*a.org", "a.*", "A.org", "*.8.8.8.8"]
)
def test_nothing_else_can(pattern: str) -> None:
    assert not is_host_pattern(pattern)
    with pytest.raises(Misconfigured, match="RESQ_MEDIA_HOSTS"):
        Settings(media_hosts=(pattern,)).check()


def test_production_wants_to_be_told_where_photos_are_and_where_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENVIRONMENT", "production")
    monkeypatch.setenv("RESQ_IDENTITY", IdentityKind.FIREBASE)
    monkeypatch.setenv("FIREBASE_PROJECT_ID", "resq-lk")
    monkeypatch.delenv("FIRESTORE_EMULATOR_HOST", raising=False)

    with pytest.raises(Misconfigured, match="RESQ_MEDIA_HOSTS"):
        Settings().check()
    monkeypatch.setenv("RESQ_MEDIA_HOSTS", "photos.example.org, *.example.net")
    for public in ("", "http://resq.example.org"):
        monkeypatch.setenv("RESQ_PUBLIC_URL", public) if public else None
        with pytest.raises(Misconfigured, match="RESQ_PUBLIC_URL"):
            Settings().check()
    monkeypatch.setenv("RESQ_PUBLIC_URL", "https://resq.example.org")
    settings = Settings()
    settings.check()

    assert settings.environment is Environment.PRODUCTION
    assert settings.media_hosts == ("photos.example.org", "*.example.net")


@pytest.mark.parametrize(
    "bucket", ["photos", "s3:photos", "https://photos", "s3://", "s3://Photos", "s3://a/b", "gs://x y"]
)
def test_what_is_no_bucket_is_said_at_start(bucket: str) -> None:
    with pytest.raises(Misconfigured, match="RESQ_MEDIA_BUCKET"):
        Settings(media_bucket=bucket).check()


@pytest.mark.parametrize(
    "public", ["https://u:p@resq.example.org", "https://x.org?a", "https://intra net", "https://x.org:99999"]
)
def test_what_is_no_public_address_is_said_at_start(public: str) -> None:
    with pytest.raises(Misconfigured, match="RESQ_PUBLIC_URL"):
        Settings(public_url=public).check()


HERE = {"lat": 6.68, "lng": 80.4}


@pytest.mark.parametrize(
    "address",
    [
        "https://placehold.co/600x400",
        "https://images.unsplash.com/photo-1?w=600&q=80",
        "https://picsum.photos/200",
        "https://ik.imagekit.io/resq/flood.jpg",
        "/images/flood.jpg",
        "/flood.jpg?v=2",
    ],
)
def test_a_disaster_shows_pictures_that_the_web_client_can_show(address: str) -> None:
    assert DisasterCreate(name="Flood", location=HERE, image_urls=(address,)).image_urls == (address,)


@pytest.mark.parametrize(
    "address",
    [
        "https://photos.example.org/flood.jpg",
        "https://evil.placehold.co/1.png",
        "https://placehold.co.evil.com/1.png",
        "https://placehold.co:8443/1.png",
        "https://u@placehold.co/1.png",
        "http://placehold.co/1.png",
        "//placehold.co/1.png",
        "/\\evil.com/1.png",
        "/\t/evil.com/1.png",
        "images/flood.jpg",
        "./flood.jpg",
        "data:image/png;base64,xx",
        "javascript:alert(1)",
        "",
    ],
)
def test_and_no_others_because_they_would_end_its_page(address: str) -> None:
    with pytest.raises(ValidationError) as refused:
        DisasterCreate(name="Flood", location=HERE, image_urls=("/ok.jpg", address))

    assert refused.value.errors()[0]["loc"] == ("image_urls", 1)
