/** The console's pages: sign-in, password, overview, and the technician's desk. */
import "../style/page.css";
import "../style/console.css";
import { maybeById } from "../page/dom";
import { startPassword, startProviderCode, startSignIn } from "./sign-in";

startSignIn();
startProviderCode();
startPassword();

const technician = maybeById("technician", HTMLElement);
if (technician !== null) {
  // Only this page needs it, and it brings the player along.
  void import("./technician").then(({ startTechnician }) => {
    startTechnician(technician);
  });
}

const watch = maybeById("watch", HTMLElement);
if (watch !== null) {
  void import("./watch").then(({ startWatch }) => {
    startWatch(watch);
  });
}

const templates = maybeById("templates", HTMLElement);
if (templates !== null) {
  void import("./templates").then(({ startTemplates }) => {
    startTemplates(templates);
  });
}
