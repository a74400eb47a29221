/** One's own account: second factor, sessions, API tokens; and the page of an invitation. */
import "../style/page.css";
import "../style/console.css";
import { deleteAt, postJson, putJson } from "../api/client";
import { text } from "../language/texts";
import { confirmTwice } from "../page/confirm";
import { byId, maybeById, setText } from "../page/dom";
import { field, onSubmit, Outcome } from "../page/forms";
import { expiryAfter, invitationSecret, mailSecret } from "./asked";

const ME = "/api/v1/me";
const FACTOR = `${ME}/second-factor`;

/** Something that is shown once, at the top, and nowhere kept; the page follows when it is noted. */
function tell(what: string, words: string): void {
  const box = byId("told-once", HTMLElement);
  box.hidden = false;
  setText(byId("told-once-what", HTMLElement), what);
  setText(byId("told-once-text", HTMLElement), words);
  byId("account", HTMLElement).hidden = true;
  box.scrollIntoView({ block: "center" });
  byId("told-once-done", HTMLButtonElement).focus();
}

function handOver(): void {
  // Browsers have a clipboard only where the connection is safe.
  const copy = byId("told-once-copy", HTMLButtonElement);
  copy.hidden = !window.isSecureContext;
  copy.addEventListener("click", () => {
    void navigator.clipboard.writeText(byId("told-once-text", HTMLElement).textContent).then(() => {
      setText(byId("told-once-outcome", HTMLElement), text("copied"));
    });
  });
  byId("told-once-done", HTMLButtonElement).addEventListener("click", () => {
    location.reload();
  });
}

function withForm(id: string, action: (fields: FormData, form: HTMLFormElement) => Promise<void>): void {
  const form = maybeById(id, HTMLFormElement);
  if (form !== null) onSubmit(form, (fields) => action(fields, form));
}

interface Codes {
  readonly codes: readonly string[];
}

function secondFactor(): void {
  withForm("begin-factor", async (fields, form) => {
    const begun = await postJson<{ secret: string; uri: string }>(FACTOR, passwordOf(fields));
    form.hidden = true;
    byId("confirm-factor", HTMLFormElement).hidden = false;
    setText(byId("factor-secret", HTMLElement), begun.secret.replace(/(.{4})(?=.)/g, "$1 "));
    byId("factor-link", HTMLAnchorElement).href = begun.uri;
    byId("factor-code", HTMLInputElement).focus();
  });
  withForm("confirm-factor", async (fields) => {
    const told = await postJson<Codes>(`${FACTOR}/confirm`, { code: field(fields, "code") });
    tell(text("recoveryCodes"), told.codes.join("\n"));
  });
  withForm("renew-codes", async (fields) => {
    const told = await postJson<Codes>(`${ME}/recovery-codes`, passwordOf(fields));
    tell(text("recoveryCodes"), told.codes.join("\n"));
  });
  withForm("remove-factor", async (fields) => {
    await postJson(`${FACTOR}/remove`, passwordOf(fields));
    location.reload();
  });
}

/** A password is sent as it is: a blank at its end belongs to it. */
function passwordOf(fields: FormData): { password: unknown } {
  return { password: fields.get("password") };
}

/** The provider asks who one is, in this window, and sends the browser back to this page. */
function connectProvider(): void {
  withForm("connect-provider", async (fields) => {
    const begun = await postJson<{ address: string }>(`${ME}/provider-account`, passwordOf(fields));
    location.assign(begun.address);
  });
}

function remindByMail(): void {
  withForm("mailbox", async (fields, form) => {
    const box = { address: field(fields, "address"), language: field(fields, "language") };
    const shown = await putJson<{ confirmed: boolean }>(`${ME}/mailbox`, box);
    const isOpen = box.address !== "" && !shown.confirmed;
    new Outcome(form).say(text(isOpen ? "mailAsked" : "saved"), "good");
  });
}

/** The link of a letter has its secret behind #, which no log keeps; a person confirms, no scanner. */
function confirmMail(): void {
  const form = maybeById("mail-confirm", HTMLFormElement);
  const secret = mailSecret(location.hash);
  if (form === null || secret === "") return;
  form.hidden = false;
  onSubmit(form, async () => {
    await postJson(`${ME}/mailbox/confirmation`, { secret });
    location.hash = "";
    location.reload();
  });
}

function endThings(): void {
  const outcome = new Outcome(byId("account", HTMLElement));
  for (const button of document.querySelectorAll<HTMLButtonElement>("button[data-end]")) {
    const question = button.dataset["question"] === "revokeConfirm" ? "revokeConfirm" : "endSessionConfirm";
    confirmTwice(button, button, text(question), () => {
      deleteAt(button.dataset["end"] ?? "").then(
        () => {
          location.reload();
        },
        (error: unknown) => {
          outcome.fail(error);
        },
      );
    });
  }
}

function makeTokens(): void {
  withForm("new-token", async (fields) => {
    const made = await postJson<{ token: string }>(`${ME}/tokens`, {
      label: field(fields, "label"),
      scopes: fields.getAll("scopes"),
      court: field(fields, "court") || null,
      expires_at: expiryAfter(Number(field(fields, "days")), Date.now()),
    });
    tell(text("tokenOnce"), made.token);
  });
}

function acceptInvitation(form: HTMLFormElement): void {
  const secret = invitationSecret(location.hash);
  // Not to be left in the address bar, where somebody may read or bookmark it.
  history.replaceState(null, "", location.pathname + location.search);
  onSubmit(form, async (fields) => {
    if (fields.get("new_password") !== fields.get("again")) {
      new Outcome(form).say(text("passwordsDiffer"), "bad");
      return;
    }
    const body = { secret, new_password: fields.get("new_password") };
    const accepted = await postJson<{ name: string }>("/api/v1/invitations/accept", body);
    form.hidden = true;
    setText(byId("accepted-name", HTMLElement), accepted.name);
    byId("accepted", HTMLElement).hidden = false;
  });
}

const invitation = maybeById("accept-invitation", HTMLFormElement);
if (invitation !== null) acceptInvitation(invitation);
if (maybeById("account", HTMLElement) !== null) {
  handOver();
  secondFactor();
  connectProvider();
  remindByMail();
  confirmMail();
  endThings();
  makeTokens();
}
