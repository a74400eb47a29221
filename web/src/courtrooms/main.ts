/** Courts, courtrooms and cameras are set up: added, changed, taken out of use. */
import "../style/page.css";
import "../style/console.css";
import "../style/record.css";
import { deleteAt, getJson, patchJson, postJson, putJson } from "../api/client";
import { text } from "../language/texts";
import { confirmTwice } from "../page/confirm";
import { maybeById, setText } from "../page/dom";
import { field, onSubmit, Outcome } from "../page/forms";
import { cameraOf, presetFor } from "./camera-form";
import { setUpDivisions } from "./divisions";
import { sendPilots } from "./pilot";

/** Where a camera is to push to; `key` and `address` are secret. */
interface PushTarget {
  readonly server: string;
  readonly key: string;
  readonly address: string;
}

function reload(): void {
  location.reload();
}

function all<T extends HTMLElement>(selector: string, type: new () => T): T[] {
  const found = [...document.querySelectorAll<HTMLElement>(selector)];
  return found.filter((one): one is T => one instanceof type);
}

function addCourts(): void {
  const form = maybeById("new-court", HTMLFormElement);
  if (form === null) return;
  onSubmit(form, async (fields) => {
    const names = ["name", "name_en", "level", "time_zone"];
    const court = Object.fromEntries(names.map((name) => [name, field(fields, name)]));
    const { id } = await postJson<{ readonly id: string }>("/api/v1/courts", court);
    const policy = field(fields, "policy");
    if (policy !== "") await putJson(`/api/v1/courts/${id}/policy`, { policy });
    reload();
  });
}

function addCourtrooms(): void {
  for (const form of all("form[data-new-courtroom]", HTMLFormElement))
    onSubmit(form, async (fields) => {
      await postJson("/api/v1/courtrooms", {
        court: form.dataset["newCourtroom"],
        name: field(fields, "name"),
        name_en: field(fields, "name_en"),
      });
      reload();
    });
}

function setStyles(): void {
  for (const form of all("form[data-style]", HTMLFormElement))
    onSubmit(form, async (fields) => {
      const style = { case_number_style: field(fields, "case_number_style") };
      await patchJson(form.dataset["style"] ?? "", style);
      new Outcome(form).say(text("saved"), "good");
    });
}

/** The kind of camera that is chosen shows an example, and what can stay as it is. */
function offerKinds(form: HTMLFormElement): void {
  const kinds = form.querySelector<HTMLSelectElement>("[data-kind]");
  const address = form.querySelector<HTMLInputElement>('input[name="url"]');
  if (kinds === null || address === null) return;
  const presets = [...kinds.options].map((option) => option.dataset["preset"] ?? "");
  kinds.addEventListener("change", () => {
    const chosen = kinds.selectedOptions[0];
    address.placeholder = chosen?.dataset["example"] ?? "";
    address.value = presetFor(address.value, chosen?.dataset["preset"] ?? "", presets);
  });
}

function addCameras(): void {
  for (const form of all("form[data-new-camera]", HTMLFormElement)) {
    offerKinds(form);
    onSubmit(form, async (fields) => {
      await postJson(form.dataset["newCamera"] ?? "", cameraOf(fields));
      reload();
    });
  }
}

function changeCameras(): void {
  for (const form of all("form[data-change]", HTMLFormElement))
    onSubmit(form, async (fields) => {
      await patchJson(form.dataset["change"] ?? "", cameraOf(fields));
      reload();
    });
}

function removeCameras(): void {
  for (const button of all("button[data-remove]", HTMLButtonElement)) {
    const camera = button.closest<HTMLElement>("[data-camera]");
    if (camera === null) continue;
    const outcome = new Outcome(camera);
    confirmTwice(button, button, text("removeCameraConfirm"), () => {
      deleteAt(button.dataset["remove"] ?? "").then(reload, (error: unknown) => {
        outcome.fail(error);
      });
    });
  }
}

/** The key is asked for when it is wanted: that it was shown is in the journal. */
function tellEncoders(): void {
  for (const button of all("button[data-push]", HTMLButtonElement)) {
    const camera = button.closest<HTMLElement>("[data-camera]");
    const told = camera?.querySelector<HTMLElement>("[data-target]");
    if (!camera || !told) continue;
    button.addEventListener("click", () => {
      getJson<PushTarget>(button.dataset["push"] ?? "").then(
        (found) => {
          show(told, "server", found.server);
          show(told, "key", found.key);
          show(told, "address", found.address);
          told.hidden = false;
        },
        (error: unknown) => {
          new Outcome(camera).fail(error);
        },
      );
    });
  }
}

function show(told: HTMLElement, name: string, value: string): void {
  const place = told.querySelector<HTMLElement>(`[data-${name}]`);
  if (place !== null) setText(place, value === "" ? "—" : value);
}

addCourts();
addCourtrooms();
setStyles();
addCameras();
changeCameras();
removeCameras();
tellEncoders();
setUpDivisions();
sendPilots(document, reload);
const tried = maybeById("cameras", HTMLElement);
if (tried !== null) {
  void import("./equipment").then(({ startEquipment }) => {
    startEquipment(tried);
  });
}
