/** Who watches in a frame, for the count: as long as the tab is open one viewer, also when it is loaded again. */

const KEY = "tingbo-viewer";

/**
 * The query that says who watches: what the tab keeps, else `given`, which it keeps from now on. A browser
 * separates what is kept by the site around the frame, or keeps nothing: then the next load is another visit.
 */
export function keptViewer(given: string, keep: () => Storage = () => sessionStorage): string {
  try {
    const kept = keep().getItem(KEY);
    if (kept?.startsWith("viewer=")) return kept;
    keep().setItem(KEY, given);
  } catch {
    // Storage is closed to this frame.
  }
  return given;
}
