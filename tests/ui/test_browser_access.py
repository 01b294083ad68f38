"""Sign-in at a real OpenID provider in Chromium, and the walls of a project as its pages have them.

One page server in mode `oidc` over the corpus of `test_walls`: Ada is a member of the project that
holds the confidential publication, Eve has the same role and is not.
"""

import re
import socket
from collections.abc import Iterator

import pytest
from playwright.sync_api import (
    APIRequestContext,
    APIResponse,
    Browser,
    BrowserContext,
    Page,
    expect,
    sync_playwright,
)

from core.settings import Settings
from search.casebook import Casebook
from tests.ui.browser import CHROMIUM, FLAGS, PATIENCE_MS, served_pages
from tests.ui.identity_provider import CLIENT_ID, CLIENT_SECRET, PASSWORD, Account, Provider
from tests.ui.test_walls import CASE, World, walled_world
from ui.processes import free_port

ACCOUNTS = {
    "ada": Account("ada@firm.example", ("staff", "design-examiners")),
    "eve": Account("eve@firm.example", ("design-examiners",)),
    "rae": Account("rae@firm.example", ("design-readers",)),
    "mallory": Account("mallory@elsewhere.example", ("staff",)),
    "nameless": Account(None, ("design-examiners",)),
}
WALLED = re.compile(r"\bBottle\b|private needle|secret\.tar|D900,003")
"""What only members may be sent; the addresses that are tried hold none of it."""
GROUP_ROLES = '{"design-examiners": "operator", "design-readers": "reader"}'


@pytest.fixture(scope="module")
def world(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with walled_world(settings, tmp_path_factory.mktemp("walled")) as made:
        casebook = Casebook(made.context.resources.catalogue)
        casebook.add_member(casebook.find_project(CASE), "ada@firm.example", "ada")
        yield made


@pytest.fixture(scope="module")
def pages_port() -> int:
    return free_port()


@pytest.fixture(scope="module")
def running_provider(pages_port: int) -> Iterator[Provider]:
    back = f"http://127.0.0.1:{pages_port}/oauth2callback"
    provider = Provider(free_port(), ACCOUNTS, back)
    provider.start()
    yield provider
    provider.stop()


@pytest.fixture
def provider(running_provider: Provider) -> Iterator[Provider]:
    yield running_provider
    running_provider.mischief = ""


@pytest.fixture(scope="module")
def address(world: World, running_provider: Provider, pages_port: int) -> Iterator[str]:
    """The pages in a process of their own, whose people sign in at the provider."""
    more = {
        "LIMN_ACCESS__MODE": "oidc",
        "LIMN_ACCESS__OIDC__METADATA_URL": running_provider.metadata_url,
        "LIMN_ACCESS__OIDC__CLIENT_ID": CLIENT_ID,
        "LIMN_ACCESS__OIDC__CLIENT_SECRET": CLIENT_SECRET,
        "LIMN_ACCESS__OIDC__REDIRECT_URI": running_provider.redirect_uri,
        "LIMN_ACCESS__OIDC__ROLE_CLAIM": "groups",
        "LIMN_ACCESS__OIDC__GROUP_ROLES": GROUP_ROLES,
    }
    settings = world.context.resources.settings
    with served_pages(settings, pages_port, more) as address:
        yield address
    assert CLIENT_SECRET not in (settings.home / "pages.log").read_text(errors="replace")


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def browser(chromium: Browser, address: str) -> Iterator[BrowserContext]:
    """A fresh profile in which nobody is signed in."""
    context = chromium.new_context(viewport={"width": 1440, "height": 900}, base_url=address)
    context.set_default_timeout(PATIENCE_MS)
    expect.set_options(timeout=PATIENCE_MS)
    yield context
    context.close()


def enter(page: Page, user: str, path: str = "/") -> None:
    """Go to a page, be sent to the provider, and sign in there."""
    page.goto(path)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_label("User").fill(user)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Enter").click()


def enter_without_script(browser: APIRequestContext, login: str) -> APIResponse:
    """Sign Ada in as a browser would; what the pages say of the provider's answer."""
    form = browser.get(login)
    hidden = dict(re.findall(r"name='(\w+)' value='([^']*)'", form.text()))
    fields = {**hidden, "user": "ada", "password": PASSWORD, "do": "sign-in"}
    return browser.post(form.url, form=fields)


def status(page: Page, path: str) -> int:
    """What REST answers whoever is signed in in this browser."""
    return page.request.get(f"/api/v1{path}").status


class TestSignIn:
    def test_a_group_gives_its_role_until_its_member_signs_out(
        self, browser: BrowserContext, provider: Provider, address: str
    ) -> None:
        page = browser.new_page()
        enter(page, "rae", "/casebook?project=General")
        expect(page).to_have_url(re.compile(rf"{address}/casebook\?project=General"))
        expect(page.get_by_role("link", name="Casebook")).to_be_visible()
        expect(page.get_by_role("link", name="Uploads")).to_have_count(0)
        assert (status(page, "/casebook/projects"), status(page, "/uploads")) == (200, 403)
        page.get_by_role("link", name="rae@firm.example").click()
        expect(page.get_by_text("Reader: may read.")).to_be_visible()
        page.get_by_role("button", name="Sign out").click()
        expect(page.get_by_role("heading", name="Sign in first")).to_be_visible()
        assert provider.signed_out == ["rae"]
        assert status(page, "/casebook/projects") == 401

    @pytest.mark.parametrize(
        ("user", "told", "remedy"),
        [
            ("mallory", "This account has no role here", "Ask an administrator for a role"),
            ("nameless", "This account has no e-mail address here", "send the claim email to Limn"),
        ],
    )
    def test_an_account_without_a_role_is_told_what_to_do(
        self, browser: BrowserContext, user: str, told: str, remedy: str
    ) -> None:
        page = browser.new_page()
        enter(page, user)
        expect(page.get_by_role("heading", name=told)).to_be_visible()
        expect(page.get_by_text(remedy)).to_be_visible()
        expect(page.get_by_role("link", name="Casebook")).to_have_count(0)
        assert status(page, "/casebook/projects") == 401

    def test_a_token_that_nobody_should_take_is_refused(
        self, browser: BrowserContext, provider: Provider
    ) -> None:
        page = browser.new_page()
        page.goto("/")
        with page.expect_request("**/auth/login?*") as sent:
            page.get_by_role("button", name="Sign in").click()
        page.close()
        for mischief in ("forged", "expired", "issuer", "audience", "nonce"):
            provider.mischief = mischief
            answer = enter_without_script(browser.request, sent.value.url)
            assert (answer.status, "was not accepted" in answer.text()) == (403, True), mischief
            assert browser.request.get("/api/v1/casebook/projects").status == 401, mischief
        provider.mischief = ""
        enter_without_script(browser.request, sent.value.url)
        assert browser.request.get("/api/v1/casebook/projects").status == 200

    def test_who_turns_back_at_the_provider_is_told(self, browser: BrowserContext) -> None:
        page = browser.new_page()
        page.goto("/")
        page.get_by_role("button", name="Sign in").click()
        page.get_by_role("button", name="Cancel").click()
        expect(page.get_by_text("It signed nobody in (access_denied).")).to_be_visible()
        page.get_by_role("link", name="Back to Limn").click()
        expect(page.get_by_role("heading", name="Sign in first")).to_be_visible()

    def test_an_answer_that_nobody_asked_for_signs_nobody_in(self, browser: BrowserContext) -> None:
        for query in ("code=stolen&state=made-up", "error=<b>x</b>&state=y", "code=1"):
            answer = browser.request.get(f"/oauth2callback?{query}", max_redirects=0)
            assert answer.status == 403
            assert "<b>" not in answer.text()
            assert "_streamlit_user" not in {cookie.get("name") for cookie in browser.cookies()}


class TestWalls:
    def test_others_are_sent_nothing_of_a_project_by_its_addresses(
        self, browser: BrowserContext, chromium: Browser, address: str, world: World
    ) -> None:
        pages = {
            "/publication?id=US-D0900003-S1": "Bottle",
            f"/casebook?project={CASE}": "private needle",
            f"/search?drawing={world.drawing}": "Bottle",
            "/uploads": "secret.tar",
        }
        files = [
            f"/pictures/{world.sha256}",
            f"/thumbnails/{world.sha256}",
            f"/queries/{world.drawing}/picture",
            "/figures/US-D0900003-S1/s1.1",
            f"/certificates/{world.certificate_id}/certificate.pdf",
            f"/casebook/searches/{world.search_id}/hits.xlsx",
        ]
        elsewhere = chromium.new_context(base_url=address)
        elsewhere.set_default_timeout(PATIENCE_MS)
        member, other = Reader(browser.new_page()), Reader(elsewhere.new_page())
        for reader, user in ((member, "ada"), (other, "eve")):
            enter(reader.page, user)
            expect(reader.page.get_by_role("link", name=f"{user}@firm.example")).to_be_visible()
        for path, sign in pages.items():
            assert sign in member.read(path), path
            told = other.read(path)
            leaks = [told[m.start() - 60 : m.end() + 60] for m in WALLED.finditer(told)]
            assert not leaks, path
        for path in files:
            assert (status(member.page, path), status(other.page, path)) == (200, 404), path
        elsewhere.close()


class Reader:
    """What the server sends to somebody's page, whether it is shown or not."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self._received: list[str] = []
        page.on("websocket", lambda ws: ws.on("framereceived", self._take))

    def _take(self, frame: str | bytes) -> None:
        self._received.append(frame if isinstance(frame, str) else frame.decode("utf-8", "replace"))

    def read(self, path: str) -> str:
        """All of it, for the page at an address."""
        self._received.clear()
        self.page.goto(path)
        app = self.page.locator("[data-testid=stApp]")
        expect(app).to_have_attribute("data-test-script-state", "notRunning")
        expect(app.get_by_role("heading").first).to_be_visible()
        return "".join(self._received)


@pytest.mark.usefixtures("world")
def test_a_provider_that_is_away_is_named(
    browser: BrowserContext, running_provider: Provider
) -> None:
    """Last, as it ends the provider."""
    page = browser.new_page()
    page.goto("/")
    running_provider.stop()
    with socket.socket() as nobody:
        assert nobody.connect_ex(("127.0.0.1", running_provider.port))
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_text("The identity provider does not answer.")).to_be_visible()
    expect(page.get_by_text("limn doctor")).to_be_visible()
