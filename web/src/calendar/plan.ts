/** How a hearing is to be broadcast, as it is sent. [pure] */
import { field } from "../page/forms";

export interface BroadcastShape {
  readonly delay_s: number;
  readonly layout: string | null;
  readonly medium: readonly string[];
  readonly cameras: readonly string[];
}

/** Without video no camera is sent: the room's are not needed then. */
export function shapeOf(fields: FormData): BroadcastShape {
  const layout = field(fields, "layout");
  const medium = fields.getAll("medium").map(String);
  return {
    delay_s: Number(field(fields, "delay_s")),
    layout: layout === "" ? null : layout,
    medium,
    cameras: medium.includes("video") ? fields.getAll("camera").map(String) : [],
  };
}
