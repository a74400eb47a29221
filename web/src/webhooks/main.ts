/** A partner's webhooks: added, tried, changed and removed. */
import "../style/page.css";
import "../style/console.css";
import { deleteAt, patchJson, postJson } from "../api/client";
import { text } from "../language/texts";
import { confirmTwice } from "../page/confirm";
import { byId, maybeById, setText } from "../page/dom";
import { field, onSubmit, Outcome } from "../page/forms";

/** A new webhook, or one with a new secret: the only time it is told. */
interface NewWebhook {
  readonly id: string;
  readonly secret: string;
}

const page = byId("webhooks", HTMLElement);
const outcome = new Outcome(page);
let isSecretShown = false;

/** Show the page anew; a secret that is being shown must be copied first. */
function again(): void {
  if (isSecretShown) outcome.say(text("webhookDone"), "good");
  else location.reload();
}

/** The secret is shown once, at the top, and nowhere kept. */
function showSecret(secret: string): void {
  isSecretShown = true;
  const box = byId("new-secret", HTMLElement);
  box.hidden = false;
  setText(byId("new-secret-text", HTMLElement), secret);
  box.scrollIntoView({ block: "center" });
  byId("new-secret-copy", HTMLButtonElement).focus();
}

function copySecret(): void {
  byId("new-secret-copy", HTMLButtonElement).addEventListener("click", () => {
    const secret = byId("new-secret-text", HTMLElement).textContent;
    void navigator.clipboard.writeText(secret).then(() => {
      setText(byId("new-secret-outcome", HTMLElement), text("copied"));
    });
  });
}

function chosen(fields: FormData): readonly string[] {
  return fields.getAll("events").filter((one) => typeof one === "string");
}

function add(): void {
  const form = maybeById("new-webhook", HTMLFormElement);
  if (form === null) return;
  onSubmit(form, async (fields) => {
    const wanted = { url: field(fields, "url"), events: chosen(fields) };
    const made = await postJson<NewWebhook>(page.dataset["address"] ?? "", wanted);
    showSecret(made.secret);
    form.reset();
    new Outcome(form).say("");
  });
}

function change(): void {
  for (const form of page.querySelectorAll<HTMLFormElement>("form[data-change]")) {
    onSubmit(form, async (fields) => {
      const url = field(fields, "url");
      const wanted = { events: chosen(fields), ...(url === "" ? {} : { url }) };
      await patchJson(form.dataset["change"] ?? "", wanted);
      again();
    });
  }
}

/** The buttons that carry an address of this name, with it. */
function buttons(name: string): [HTMLButtonElement, string][] {
  const found = page.querySelectorAll<HTMLButtonElement>(`button[data-${name}]`);
  return [...found].map((button) => [button, button.dataset[name] ?? ""]);
}

/** Do it, then say so; a problem is told at the top of the page. */
function doing(act: () => Promise<unknown>, then: () => void): void {
  act().then(then, (error: unknown) => {
    outcome.fail(error);
  });
}

function press(name: string, act: (address: string, button: HTMLButtonElement) => void): void {
  for (const [button, address] of buttons(name)) {
    button.addEventListener("click", () => {
      act(address, button);
    });
  }
}

function ask(name: string, question: string, act: (address: string) => void): void {
  for (const [button, address] of buttons(name)) {
    const label = button.querySelector("span") ?? button;
    confirmTwice(button, label, question, () => {
      act(address);
    });
  }
}

copySecret();
add();
change();
press("test", (address) => {
  doing(
    () => postJson(address),
    () => {
      outcome.say(text("webhookTested"), "good");
    },
  );
});
press("resend", (address) => {
  doing(() => postJson(address), again);
});
press("switch", (address, button) => {
  doing(() => patchJson(address, { enabled: button.dataset["enabled"] === "true" }), again);
});
ask("secret", text("webhookSecretConfirm"), (address) => {
  doing(
    async () => {
      showSecret((await postJson<NewWebhook>(address)).secret);
    },
    () => undefined,
  );
});
ask("remove", text("webhookRemoveConfirm"), (address) => {
  doing(() => deleteAt(address), again);
});
