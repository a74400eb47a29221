/** Signing in, changing the password, signing out. */
import type { Me } from "../api/types";
import { ApiProblem, postJson } from "../api/client";
import { text } from "../language/texts";
import { byId, maybeById } from "../page/dom";
import { field, onSubmit, Outcome } from "../page/forms";

const PASSWORD_PAGE = "/console/password";
const ACCOUNT_PAGE = "/console/account";

/** Only a page of this site: an address given in a link must not lead elsewhere after signing in. */
export function safeNext(wish: string | null): string {
  return wish !== null && /^\/(?![/\\])/.test(wish) ? wish : "/console";
}

export function startSignIn(): void {
  const form = maybeById("sign-in", HTMLFormElement);
  if (form === null) return;
  onSubmit(form, async (fields) => {
    new Outcome(form).say(text("signingIn"));
    const password = fields.get("password");
    const given = { name: field(fields, "name"), password, code: field(fields, "code") };
    const me = await postJson<Me>("/api/v1/sign-in", given).catch((error: unknown) => {
      if (error instanceof ApiProblem && error.code === "code-needed") askForCode();
      throw error;
    });
    goOn(me);
  });
}

/** After the provider has let somebody in: the second factor is asked for here. */
export function startProviderCode(): void {
  const form = maybeById("provider-code", HTMLFormElement);
  if (form === null) return;
  onSubmit(form, async (fields) => {
    new Outcome(form).say(text("signingIn"));
    goOn(await postJson<Me>("/api/v1/sign-in/provider", { code: field(fields, "code") }));
  });
}

function goOn(me: Me): void {
  const next = safeNext(new URLSearchParams(location.search).get("next"));
  if (me.must_change_password) location.assign(PASSWORD_PAGE);
  else location.assign(me.must_set_up_factor ? ACCOUNT_PAGE : next);
}

/** The password is right; the code goes with it the next time the form is sent. */
function askForCode(): void {
  byId("code-field", HTMLElement).hidden = false;
  const code = byId("code", HTMLInputElement);
  code.required = true;
  code.value = "";
  code.focus();
}

export function startPassword(): void {
  const form = maybeById("change-password", HTMLFormElement);
  if (form === null) return;
  onSubmit(form, async (fields) => {
    const [old, fresh, again] = ["old_password", "new_password", "again"].map((name) =>
      fields.get(name),
    );
    if (fresh !== again) {
      new Outcome(form).say(text("passwordsDiffer"), "bad");
      return;
    }
    await postJson("/api/v1/me/password", { old_password: old, new_password: fresh });
    location.assign("/console");
  });
}
