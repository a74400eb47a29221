/** The clerk's desk for the image-text live report 图文直播. */
import "../style/page.css";
import "../style/report.css";
import "../style/console.css";
import { startAnnounced } from "../page/announced";
import { byId } from "../page/dom";
import { Desk } from "./desk";

new Desk(byId("desk", HTMLElement).dataset["broadcast"] ?? "").start();
startAnnounced();
