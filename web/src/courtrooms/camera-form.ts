/** What the form of a camera says. [pure] */
import { field } from "../page/forms";

export interface CameraFields {
  readonly name: string;
  readonly name_en: string;
  readonly microphone: boolean;
  readonly place: number;
  readonly url?: string;
}

/** A camera as it is sent; an empty address stays what it was. */
export function cameraOf(fields: FormData): CameraFields {
  const url = field(fields, "url");
  return {
    name: field(fields, "name"),
    name_en: field(fields, "name_en"),
    microphone: fields.get("microphone") !== null,
    place: Number(field(fields, "place")),
    ...(url === "" ? {} : { url }),
  };
}

/** The address when another kind is chosen: what somebody wrote is kept, a preset gives way. */
export function presetFor(written: string, preset: string, presets: readonly string[]): string {
  return written === "" || presets.includes(written) ? preset : written;
}
