/** How the room is shown and who watches it: parts of the console's `status`. */

export type Layout = "single" | "two" | "picture_in_picture" | "quad" | "one_and_five";

/** Whether somebody watches what the public sees; `watcher` is a name, empty for nobody. */
export interface Watch {
  /** Whether the public sees the room, later than it happens. */
  readonly needed: boolean;
  readonly watcher: string;
  /** By when it must be confirmed; null while nobody is asked. */
  readonly due_at: string | null;
  readonly missed: boolean;
  readonly period_s: number;
  /** What happens when it is missed: the slate, or an alarm only. */
  readonly shows_slate: boolean;
}

/** How the room is shown, as ordered; what is not on the air yet still waits in the delay. */
export interface Shown {
  readonly layout: Layout;
  /** Who has the first place: a camera, or `auto` for who speaks. */
  readonly first: string;
  /** False where the courtroom demands mask templates and this layout has none. */
  readonly may_show: boolean;
  /** What the public sees; null while nothing is on the air. */
  readonly air: {
    readonly layout: Layout;
    readonly first: string;
    readonly delay_s: number;
  } | null;
  readonly sound: readonly SoundMark[];
  readonly masks: readonly OrderedMask[];
  readonly templates: readonly CameraMask[];
}

/** Whether a mark still stands, and whether the public gets it now. */
interface Standing {
  readonly ordered: boolean;
  readonly on_air: boolean;
}

/** A microphone (`""`: all) that is muted or whose voice is changed. */
export interface SoundMark extends Standing {
  readonly camera: string;
  readonly kind: "mute" | "voice_shift";
}

/** A part of a camera's picture, in fractions of it. */
export interface Rectangle {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export type MaskMethod = "fill" | "pixelate";

export interface CameraMask extends Rectangle {
  readonly camera: string;
  readonly method: MaskMethod;
}

/** What a camera's picture always hides in a layout, in every one where none is named. */
export interface TemplateMask extends CameraMask {
  readonly layout: Layout | "";
}

/** All mask templates of a courtroom; `required`: a layout without any is not shown. */
export interface Templates {
  readonly required: boolean;
  readonly masks: readonly TemplateMask[];
}

export interface OrderedMask extends CameraMask, Standing {}

/** Whether the broadcast was announced in court. */
export interface Announced {
  readonly done: boolean;
  /** Who announced it and when; empty while it is outstanding. */
  readonly words: string;
}
