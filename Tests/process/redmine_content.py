"""Wiki, news, files, search and what is exported."""
import datetime
import hashlib
import tempfile

from redminelib import exceptions as errors

from redmine_session import plain, raises, stream


def parts(room):
    return [(wiki, room), (wiki_versions, room), (news, room), (files, room), (search, room), (exports, room)]


def wiki(checks, room):
    admin, project = room.admin, room.main
    made = admin.wiki_page.create(project_id=project, title="Start", text="h1. Start\n\nWelcome.", comments="Begun",
                                  uploads=[{"path": stream("map"), "filename": "map.txt", "description": "A map"}])
    checks.equal("a wiki page is made", (made.title, made.version, made.author.name, made.comments), ("Start", 1, "Redmine Admin", "Begun"))
    shown = admin.wiki_page.get("Start", project_id=project, include=["attachments"])
    checks.equal("a wiki page's text", plain(shown.text), "h1. Start\n\nWelcome.")
    checks.check("a wiki page has times", isinstance(shown.created_on, datetime.datetime) and isinstance(shown.updated_on, datetime.datetime))
    checks.equal("a wiki page's uploads", [(a.filename, a.description) for a in shown.attachments], [("map.txt", "A map")])
    checks.equal("a wiki page's upload is downloaded", lambda: shown.attachments[0].download().content, b"map")
    child = admin.wiki_page.create(project_id=project, title="Child", text="Below", parent_title="Start")
    checks.equal("a page has its parent", child.parent.title, "Start")
    checks.equal("a parent by name", lambda: admin.wiki_page.get("Child", project_id=project).parent.title, "Start")
    every = list(admin.wiki_page.filter(project_id=project))
    checks.equal("the index of pages", sorted((p.title, p.version) for p in every), [("Child", 1), ("Start", 1)])
    checks.equal("a page's text comes when asked for", lambda: next(p for p in every if p.title == "Child").text, "Below")
    checks.equal("a project's pages", lambda: sorted(p.title for p in admin.project.get(project).wiki_pages), ["Child", "Start"])
    checks.refused("a page is made once", errors.ValidationError,
                   lambda: admin.wiki_page.create(project_id=project, title="Child", text="Twice"), "Resource already exists")
    spaced = admin.wiki_page.create(project_id=project, title="Two words", text="Spaced")
    checks.equal("a title's spaces become lines", spaced.title, "Two_words")
    checks.equal("a title is found without regard to case", lambda: admin.wiki_page.get("two_words", project_id=project).text, "Spaced")
    admin.wiki_page.update("Two_words", project_id=project, text="Spaced", parent_title="Child")
    checks.equal("a page gets a parent", lambda: admin.wiki_page.get("Two_words", project_id=project).parent.title, "Child")
    checks.check("a page is deleted", lambda: admin.wiki_page.delete("Child", project_id=project))
    checks.refused("a deleted page is gone", errors.ResourceNotFoundError, lambda: admin.wiki_page.get("Child", project_id=project))
    checks.check("a page below is free", lambda: raises(
        errors.ResourceAttrError, lambda: admin.wiki_page.get("Two_words", project_id=project).parent))
    checks.refused("an outsider writes no page", errors.ForbiddenError,
                   lambda: room.outsider.wiki_page.create(project_id=project, title="Outside", text="x"))
    checks.refused("an outsider deletes no page", errors.ForbiddenError, lambda: room.outsider.wiki_page.delete("Start", project_id=project))
    checks.equal("an outsider reads", lambda: plain(room.outsider.wiki_page.get("Start", project_id=project).text), "h1. Start\n\nWelcome.")
    checks.refused("an unknown parent is refused", errors.ValidationError, lambda: admin.wiki_page.create(
        project_id=project, title="Orphan", text="x", parent_title="Nowhere"), "")


def wiki_versions(checks, room):
    admin, project = room.admin, room.main
    admin.wiki_page.create(project_id=project, title="History", text="First")
    admin.wiki_page.update("History", project_id=project, text="Second", comments="Better")
    room.connect["maya"].wiki_page.update("History", project_id=project, text="Third")
    shown = admin.wiki_page.get("History", project_id=project)
    checks.equal("a page's newest version", (shown.version, shown.text, shown.author.id), (3, "Third", room.ids["maya"]))
    old = admin.wiki_page.get("History", project_id=project, version=2)
    checks.equal("an old version", (old.version, old.text, old.comments), (2, "Second", "Better"))
    checks.equal("an old version by its path", lambda: admin.engine.request(
        "get", f"{admin.url}/projects/{project}/wiki/History/1.json")["wiki_page"]["text"], "First")
    checks.equal("a version without comments has none", lambda: admin.wiki_page.get("History", project_id=project).comments, None)
    checks.refused("an unknown version is not found", errors.ResourceNotFoundError,
                   lambda: admin.wiki_page.get("History", project_id=project, version=99))
    checks.refused("a stale version is a conflict", errors.ConflictError,
                   lambda: admin.wiki_page.update("History", project_id=project, text="Late", version=1))
    checks.equal("a conflict changes nothing", lambda: admin.wiki_page.get("History", project_id=project).text, "Third")
    checks.check("a current version is accepted",
                 lambda: admin.wiki_page.update("History", project_id=project, text="Fourth", version=3))
    checks.equal("and makes the next", lambda: admin.wiki_page.get("History", project_id=project).version, 4)
    admin.wiki_page.update("History", project_id=project, text="Fourth")
    checks.equal("the same text makes no version", lambda: admin.wiki_page.get("History", project_id=project).version, 4)
    page = admin.wiki_page.get("History", project_id=project)
    page.text = "Fifth"
    checks.check("a page is saved", page.save)
    checks.equal("a saved page", lambda: (admin.wiki_page.get("History", project_id=project).text, page.version), ("Fifth", 5))


def news(checks, room):
    admin = room.admin
    made = admin.news.create(project_id=room.main, title=f"Title {room.unique}", summary="In short", description="At length",
                             uploads=[{"path": stream("pic"), "filename": "pic.txt"}])
    checks.equal("news are made", (made.title, made.summary, made.description), (f"Title {room.unique}", "In short", "At length"))
    shown = admin.news.get(made.id, include=["attachments", "comments"])
    checks.equal("news by id", (shown.id, shown.title, shown.author.name, shown.project.name),
                 (made.id, made.title, "Redmine Admin", admin.project.get(room.main).name))
    checks.equal("news have uploads", [a.filename for a in shown.attachments], ["pic.txt"])
    checks.equal("news have no comments yet", list(shown.comments), [])
    admin.news.update(made.id, title="Changed", summary="")
    changed = admin.news.get(made.id)
    checks.equal("news are changed", (changed.title, changed.description), ("Changed", "At length"))
    checks.refused("news without a summary have none", errors.ResourceAttrError, lambda: changed.summary)
    second = admin.news.create(project_id=room.part, title="Of the part", description="Text")
    checks.equal("news of a project", lambda: [n.title for n in admin.news.filter(project_id=room.part)], ["Of the part"])
    checks.equal("a project's news", lambda: [n.title for n in admin.project.get(room.part).news], ["Of the part"])
    checks.equal("all news, newest first", lambda: [n.id for n in admin.news.all()][:2], [second.id, made.id])
    page = admin.news.all(limit=1)
    checks.equal("a page of news", lambda: (len(list(page)), page.total_count >= 3), (1, True))
    checks.refused("news without a title are refused", errors.ValidationError,
                   lambda: admin.news.create(project_id=room.main, title="", description=""), "Title cannot be blank, Description cannot be blank")
    checks.refused("news with a long title are refused", errors.ValidationError,
                   lambda: admin.news.update(made.id, title="x" * 61), "Title is too long (maximum is 60 characters)")
    checks.refused("an outsider makes no news", errors.ForbiddenError,
                   lambda: room.outsider.news.create(project_id=room.main, title="x", description="y"))
    told = next(n for n in admin.news.filter(project_id="alpha") if n.title == "Alpha is on its way")
    checks.equal("news with comments", lambda: [(c["author"]["name"], c["content"]) for c in admin.news.get(
        told.id, include=["comments"]).comments], [("Devon Developer", "Good to hear")])
    checks.check("news are deleted", lambda: admin.news.delete(second.id))
    checks.refused("deleted news are gone", errors.ResourceNotFoundError, lambda: admin.news.get(second.id))


def files(checks, room):
    admin = room.admin
    version = admin.version.create(project_id=room.main, name=f"Files {room.unique}")
    with tempfile.TemporaryDirectory() as folder:
        path = f"{folder}/release.txt"
        with open(path, "w", encoding="utf-8") as file:
            file.write("the release")
        made = admin.file.create(project_id=room.main, path=path, filename="release.txt", description="Whole")
        versioned = admin.file.create(project_id=room.main, path=path, filename="versioned.txt", version_id=version.id)
        saved = admin.file.get(made.id).download(savepath=folder, filename="back.txt")
        with open(saved, encoding="utf-8") as file:
            checks.equal("a file is downloaded to a folder", file.read(), "the release")
    shown = admin.file.get(made.id)
    checks.equal("a file's fields", (shown.filename, shown.description, shown.filesize, shown.author.name),
                 ("release.txt", "Whole", 11, "Redmine Admin"))
    listed = {f.filename: f for f in admin.file.filter(project_id=room.main)}
    checks.equal("files of a project", sorted(listed), ["release.txt", "versioned.txt"])
    checks.equal("a file's version", lambda: listed["versioned.txt"].version.id, version.id)
    checks.equal("a file's digest", lambda: listed["release.txt"].digest, hashlib.sha256(b"the release").hexdigest())
    checks.equal("nothing was downloaded through the list", lambda: listed["versioned.txt"].downloads, 0)
    checks.equal("a download is counted", lambda: listed["release.txt"].downloads, 1)
    checks.equal("a project's files", lambda: sorted(f.filename for f in admin.project.get(room.main).files), ["release.txt", "versioned.txt"])
    admin.file.update(made.id, description="Partly")
    checks.equal("a file is changed", lambda: admin.file.get(made.id).description, "Partly")
    checks.check("a file is deleted", lambda: admin.file.delete(versioned.id))
    checks.equal("a deleted file is not listed", lambda: [f.filename for f in admin.file.filter(project_id=room.main)], ["release.txt"])
    checks.refused("a file without content is refused", errors.ResourceNotFoundError,
                   lambda: admin.file.create(project_id=room.main, token="1.0", filename="x"))
    checks.refused("an outsider adds no file", errors.ForbiddenError,
                   lambda: room.outsider.file.create(project_id=room.main, token=admin.upload(stream("x"), filename="x")["token"]))


def search(checks, room):
    admin, word = room.admin, f"search{room.unique}"
    issue = admin.issue.create(project_id=room.main, subject=f"Issue {word}", description=f"Text around{word} it")
    closed = admin.issue.create(project_id=room.main, subject="Other", description=f"In the text {word}")
    admin.issue.update(closed.id, status_id=next(s.id for s in admin.issue_status.all() if s.name == "Closed"))
    admin.issue.update(issue.id, notes=f"A note with noted{word}")
    admin.wiki_page.create(project_id=room.main, title=f"Page_{word}", text="Words")
    admin.news.create(project_id=room.part, title="News", description=f"Told {word}")
    found = admin.search(word)
    checks.equal("a search answers kinds", sorted(found), ["issues", "news", "wiki_pages"])
    checks.equal("issues found", sorted(i.id for i in found["issues"]), sorted([issue.id, closed.id]))
    titles = {i.id: i.title for i in found["issues"]}
    checks.equal("a found issue's title", (titles[issue.id], titles[closed.id]),
                 (f"Bug #{issue.id} (New): Issue {word}", f"Bug #{closed.id} (Closed): Other"))
    first = next(i for i in found["issues"] if i.id == issue.id)
    checks.equal("a found issue's text and page", (plain(first.description), first.raw()["url"]), (f"Text around{word} it", f"{admin.url}/issues/{issue.id}"))
    checks.check("a found issue's time", isinstance(first.datetime, datetime.datetime))
    checks.equal("a found page's title", [w.title for w in found["wiki_pages"]], [f"Wiki: Page_{word}"])
    checks.equal("a found message's title", [n.title for n in found["news"]], ["News"])
    checks.equal("search in one resource", lambda: sorted(i.id for i in admin.issue.search(word)), sorted([issue.id, closed.id]))
    checks.equal("search in pages", lambda: [w.title for w in admin.wiki_page.search(word)], [f"Wiki: Page_{word}"])
    checks.equal("search in two resources", lambda: sorted(admin.search(word, resources=["issues", "news"])), ["issues", "news"])
    checks.equal("search in titles", lambda: [i.id for i in admin.issue.search(word, titles_only=True)], [issue.id])
    checks.equal("search in open issues", lambda: [i.id for i in admin.issue.search(word, open_issues=True)], [issue.id])
    checks.equal("search in notes", lambda: [i.id for i in admin.issue.search(f"noted{word}")], [issue.id])
    checks.equal("search for all words", lambda: [i.id for i in admin.issue.search(f"{word} around{word}", all_words=True)], [issue.id])
    checks.equal("search for any word", lambda: sorted(i.id for i in admin.issue.search(f"{word} around{word}", all_words="")),
                 sorted([issue.id, closed.id]))
    checks.equal("search for a phrase", lambda: [i.id for i in admin.issue.search(f'"the text {word}"')], [closed.id])
    checks.equal("search with nothing found", lambda: admin.search(f"nothing{word}"), None)
    checks.equal("search of projects", lambda: [p.title for p in admin.project.search(room.unique) or []][:1] != [], True)
    checks.equal("search in one's projects", lambda: room.outsider.search(word, scope="my_projects"), None)
    checks.equal("search below a project", lambda: sorted(admin.engine.request(
        "get", f"{admin.url}/projects/{room.part}/search.json", params={"q": word})["results"][0]["type"]), sorted("news"))
    checks.equal("a page of what is found", lambda: len(list(admin.search(word, limit=1, resources=["issues"])["issues"])), 1)
    hidden = admin.issue.create(project_id=room.main, subject=f"Hidden {word}", is_private=True)
    checks.equal("what is hidden is not found", lambda: hidden.id in [i.id for i in room.outsider.issue.search(word)], False)


def exports(checks, room):
    admin, word = room.admin, room.unique
    issue = admin.issue.create(project_id=room.main, subject=f"Exported {word}", description="The text of it")
    admin.wiki_page.create(project_id=room.main, title="Exported", text="h1. Out\n\nOf the *wiki*")
    word = f"Exported {word}"

    def table(**how):
        raw = admin.issue.filter(project_id=room.main, subject=f"~{word}").export("csv", **how).content
        return raw.decode("utf-8-sig").splitlines()
    checks.check("CSV says that it is UTF-8", lambda: admin.issue.filter(
        project_id=room.main).export("csv").content.startswith(b"\xef\xbb\xbf"))
    checks.equal("issues as CSV have a head", lambda: table()[0], "#,Tracker,Status,Priority,Subject,Assignee,Updated")
    checks.check("issues as CSV have the issue", lambda: table()[1].startswith(f"{issue.id},Bug,New,Normal,{word},"))
    checks.equal("chosen columns of issues", lambda: table(columns=["subject", "status"]), ["#,Subject,Status", f"{issue.id},{word},New"])
    checks.check("all columns of issues", lambda: "Description" in table(columns="all")[0] and "The text of it" in table(columns="all")[1])
    checks.check("issues as a feed", lambda: word in admin.issue.filter(project_id=room.main).export("atom").text)
    checks.check("issues as PDF", lambda: admin.issue.filter(project_id=room.main).export("pdf").content.startswith(b"%PDF-"))
    checks.check("an issue as PDF", lambda: admin.issue.get(issue.id).export("pdf").content.startswith(b"%PDF-"))
    checks.check("an issue as a feed", lambda: "<feed" in admin.issue.get(issue.id).export("atom").text)
    page = admin.wiki_page.get("Exported", project_id=room.main)
    checks.equal("a wiki page as text", lambda: plain(page.export("txt").text), "h1. Out\n\nOf the *wiki*")
    checks.check("a wiki page as HTML", lambda: "<strong>wiki</strong>" in page.export("html").text)
    checks.check("a wiki page as PDF", lambda: page.export("pdf").content.startswith(b"%PDF-"))
    checks.check("time as CSV", lambda: admin.time_entry.filter(project_id=room.main).export(
        "csv").content.decode("utf-8-sig").startswith("Date,User,Activity,"))
    checks.check("projects as CSV", lambda: room.main in admin.project.all().export("csv", columns=["name", "identifier"]).text)
    checks.check("projects as a feed", lambda: "<feed" in admin.project.all().export("atom").text)
    checks.check("users as CSV", lambda: "devon@example.org" in admin.user.all().export("csv").text)
    checks.check("news as a feed", lambda: "<feed" in admin.news.all().export("atom").text)
    checks.refused("an unknown format of issues", errors.ExportFormatNotSupportedError,
                   lambda: admin.issue.filter(project_id=room.main).export("odd"))
