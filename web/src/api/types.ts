/** What the server sends and takes: the JSON of /api/v1 and the data of its event streams. */
import type { Direct } from "./direct";
import type { Announced, Shown, Watch } from "./showing";

/** The hearing's state as the public is told it. */
export type BroadcastState =
  "upcoming" | "live" | "recess" | "closed" | "interrupted" | "ended" | "withdrawn";

/** The same as the court sees it, whatever is withdrawn from the public. */
export type CourtState = Exclude<BroadcastState, "withdrawn">;

/** Where the state machine of the console stands (the public state follows from it). */
export type Order =
  "start" | "recess" | "closed" | "open" | "resume" | "dump" | "range_dump" | "end" | Mark;

/** Orders on how the room is shown. */
export type Mark =
  | "mute"
  | "unmute"
  | "voice_shift"
  | "voice_plain"
  | "mask"
  | "unmask"
  | "layout"
  | "camera"
  | "delay";

/** What an order is about. */
export type Arguments = Readonly<Record<string, string | number>>;

/** An event of `/broadcasts/{id}/state/events`, about once a second. */
export interface StateEvent {
  readonly state: BroadcastState;
  readonly delay_s: number;
  /** Court time now, ISO 8601. */
  readonly court_time: string;
  /** Court time of the picture that is on the air now; null while nothing is. */
  readonly air_time: string | null;
  /** Null where the court does not publish it. */
  readonly viewers: number | null;
  /** Court times, from and to, that must not be shown any more. */
  readonly withdrawn: readonly (readonly [string, string])[];
  /** How many names are withdrawn; the page may show one. */
  readonly names: number;
}

export interface Photo {
  readonly name: string;
  readonly url: string;
  readonly alt: string;
  readonly caption: string;
  readonly width: number;
  readonly height: number;
}

/** What a post said until it was corrected or withdrawn; no text once it is withdrawn. */
export interface Revision {
  readonly kind: "corrected" | "withdrawn";
  readonly role: string;
  readonly speaker: string;
  readonly body: string | null;
  readonly reason: string;
  readonly at: string;
}

/** A post of the image-text live report 图文直播. Times are ISO 8601. */
export interface Post {
  readonly id: string;
  /** Its place among the posts of the report. */
  readonly number: number;
  readonly state: "published" | "corrected" | "withdrawn" | "held";
  readonly role: string;
  readonly speaker: string;
  readonly phase: string | null;
  /** Null once it is withdrawn. */
  readonly body: string | null;
  /** The moment of the hearing that it tells of. */
  readonly court_time: string;
  readonly photos: readonly Photo[];
  readonly history: readonly Revision[];
  /** By an order of the court: the class of the reason, and when. */
  readonly withdrawal?: { readonly reason: string; readonly at: string } | null;
}

/** A post as the desk sees it, also before the public does. */
export interface DeskPost extends Post {
  readonly public: boolean;
  readonly public_at: string | null;
}

export interface DeskPosts {
  readonly posts: readonly DeskPost[];
}

export interface NewPost {
  readonly client_key: string;
  readonly role: string;
  readonly speaker: string;
  readonly body: string;
  readonly phase: string | null;
  readonly photos: readonly string[];
}

/** Answer to an order of the console. */
export interface OrderTaken {
  readonly sequence: number;
  readonly order: Order;
  readonly state: BroadcastState;
  /** Court time of the order. */
  readonly court_time: string | null;
  /** The first moment it concerns. */
  readonly from_time: string;
  /** When the public saw it take force; null while it is still waiting for the air. */
  readonly air_time: string | null;
  readonly accepted_at: string;
}

/** Events of `/broadcasts/{id}/console/events`, by name: `status` once a second. */
export interface ConsoleStatus {
  readonly state: CourtState;
  /** What the public sees now; empty before anything was. */
  readonly air: BroadcastState | "";
  /** Whether the room is on the air. */
  readonly gate_open: boolean;
  readonly delay_s: number;
  readonly court_time: string;
  readonly air_time: string | null;
  readonly viewers: number;
  /** Those who watch by WebRTC. */
  readonly direct: Direct;
  readonly recording: boolean;
  readonly disk_minutes: number | null;
  /** The machine's clock, before the court's by so much; null where no recorder tells. */
  readonly clock: { readonly off_ms: number; readonly kept: boolean | null } | null;
  /** Orders that the state machine and the person's rights allow now. */
  readonly allowed: readonly Order[];
  /** The same of the orders on how the room is shown. */
  readonly marks: readonly Mark[];
  readonly shown: Shown;
  readonly announced: Announced;
  /** Null where nobody is asked to watch. */
  readonly watch: Watch | null;
  /** The server's clock. */
  readonly now: string;
  /** Sentences about what is wrong, in the reader's language. */
  readonly alarms: readonly string[];
  readonly faults: readonly Fault[];
}

/** A camera of `feeds`: on change and once a second. */
export interface Feed {
  readonly camera: string;
  readonly name: string;
  readonly microphone: boolean;
  /** Whether the broadcast may show it. */
  readonly in_program: boolean;
  readonly state: string;
  /** Stable code of what is wrong; empty where nothing is. */
  readonly issue: string;
  readonly ok: boolean;
  /** The state in words and what is known of the signal, in the reader's language. */
  readonly words: string;
  readonly detail: string;
  /** What to do about the issue, and how the signal comes in numbers; empty where not known. */
  readonly advice: string;
  readonly figures: string;
  /** Address of the newest picture; null while there is none. */
  readonly picture: string | null;
}

export interface Feeds {
  readonly cameras: readonly Feed[];
}

/** A sound's levels in dBFS, one value for each channel. */
export interface Levels {
  readonly rms_db: readonly number[];
  readonly peak_db: readonly number[];
}

/** A camera's sound in `meters`, ten times a second. */
export interface Meter extends Levels {
  readonly camera: string;
}

/** The programme's sound in `meters`: levels in dBFS, loudness in LUFS (null: silence). */
export interface ProgramMeter extends Levels {
  readonly momentary_lufs: number | null;
  readonly short_term_lufs: number | null;
  readonly integrated_lufs: number | null;
  readonly gain_db: number;
  /** What goes into it of each camera's microphone, as marks leave it; a slate has none. */
  readonly microphones: Readonly<Record<string, Levels>>;
}

export interface Meters {
  readonly cameras: readonly Meter[];
  /** Null while nothing is on the air. */
  readonly program: ProgramMeter | null;
}

/** Something that is wrong with a camera ("" is the programme), by a stable code. */
export interface Fault {
  readonly camera: string;
  readonly code: string;
  readonly severity: "amber" | "red";
  readonly words: string;
}

/** An event `journal`: a new entry, or one whose order took force since. */
export interface JournalEntry {
  readonly sequence: number;
  readonly at: string;
  readonly order: Order;
  readonly words: string;
  readonly by: string;
  readonly court_time: string | null;
  readonly air_time: string | null;
}

/** Who is signed in. */
export interface Me {
  readonly id: string;
  readonly name: string;
  readonly display_name: string;
  readonly permissions: readonly string[];
  readonly must_change_password: boolean;
  readonly must_set_up_factor: boolean;
}

/** Answer to a new partner key: the only time it is told whole. */
export interface NewPartnerKey {
  readonly id: string;
  readonly key: string;
}

/** A role that is given at a court, or at every court. */
export interface GivenRole {
  readonly role: string;
  readonly court: string | null;
  readonly division?: string;
}

/** A place of the record that is not as it was sealed; `offset` in bytes of the file. */
export interface CheckFinding {
  readonly what: string;
  readonly camera: string;
  readonly file: string;
  readonly offset: number;
  readonly court_time: string | null;
}

/** The newest check of a record; `whole` is null until it is done. */
export interface RecordCheck {
  readonly state: "waiting" | "running" | "done" | "failed";
  readonly done: number;
  readonly by: string;
  readonly asked_at: string;
  readonly ended_at: string | null;
  readonly whole: boolean | null;
  readonly chunks: number;
  readonly findings: readonly CheckFinding[];
  readonly notes: readonly string[];
}

export interface ExportedFilm {
  readonly name: string;
  readonly camera: string;
  readonly bytes: number;
  readonly sha256: string;
}

/** A copy of a range of the record. */
export interface RecordExport {
  readonly id: string;
  readonly by: string;
  readonly asked_at: string;
  readonly state: "waiting" | "running" | "done" | "refused" | "failed";
  readonly done: number;
  readonly from_time: string;
  readonly to_time: string;
  readonly cameras: readonly string[];
  readonly closed: boolean;
  readonly damaged: number;
  readonly films: readonly ExportedFilm[];
}

/** RFC 9457, with one entry for each wrong field. */
export interface Problem {
  readonly title: string;
  readonly status: number;
  readonly code?: string;
  readonly detail?: string;
  readonly errors?: readonly FieldProblem[];
}

export interface FieldProblem {
  readonly field: string;
  readonly message: string;
}
