/** Signing in, changing the password, signing out. */
import type { Me } from "../api/types";
import { postJson } from "../api/client";
import { text } from "../language/texts";
import { maybeById } from "../page/dom";
import { field, onSubmit, Outcome } from "../page/forms";

const PASSWORD_PAGE = "/console/password";

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
    const me = await postJson<Me>("/api/v1/sign-in", { name: field(fields, "name"), password });
    const next = safeNext(new URLSearchParams(location.search).get("next"));
    location.assign(me.must_change_password ? PASSWORD_PAGE : next);
  });
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

export function startSignOut(): void {
  maybeById("sign-out", HTMLButtonElement)?.addEventListener("click", () => {
    void postJson("/api/v1/sign-out").finally(() => {
      location.assign("/");
    });
  });
}
