/** Photos for the post that is being written: each with words for who cannot see it. */
import type { Photo } from "../api/types";
import { postForm } from "../api/client";
import { text } from "../language/texts";
import { byId, element } from "../page/dom";
import { field, onSubmit, Outcome } from "../page/forms";

export class PhotoTray {
  readonly #list = byId("photo-list", HTMLUListElement);
  #photos: readonly Photo[] = [];

  /** `address` takes the uploads. */
  constructor(address: string) {
    const form = byId("photo-form", HTMLFormElement);
    const outcome = new Outcome(form);
    onSubmit(form, async (fields) => {
      if (field(fields, "alt") === "") {
        outcome.say(text("photoNeedsAlt"), "bad");
        form.querySelector<HTMLElement>('[name="alt"]')?.focus();
        return;
      }
      outcome.say(text("photoUploading"));
      const photo = await postForm<Photo>(address, fields);
      this.#photos = [...this.#photos, photo];
      form.reset();
      outcome.say(text("photoAttached", { alt: photo.alt }), "good");
      this.#show();
    });
  }

  get names(): readonly string[] {
    return this.#photos.map((photo) => photo.name);
  }

  clear(): void {
    this.#photos = [];
    this.#show();
  }

  #show(): void {
    this.#list.replaceChildren(...this.#photos.map((photo) => this.#item(photo)));
    byId("photo-box", HTMLDetailsElement).open = this.#photos.length > 0;
  }

  #item(photo: Photo): HTMLElement {
    const remove = element(
      "button",
      { type: "button", class: "button button-small" },
      text("removePhoto"),
    );
    remove.addEventListener("click", () => {
      this.#photos = this.#photos.filter((other) => other.name !== photo.name);
      this.#show();
    });
    const image = element("img", { src: photo.url, alt: photo.alt, width: 160, height: 90 });
    return element("li", { "data-photo": photo.name }, image, element("span", {}, photo.alt), remove);
  }
}
