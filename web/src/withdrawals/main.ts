/** Where the court takes down what was published, and gives it back. */
import "../style/page.css";
import "../style/console.css";
import "../style/record.css";
import { maybeById } from "../page/dom";
import { startNames } from "./names";
import { startOrders } from "./orders";

const orders = maybeById("withdrawals", HTMLElement);
if (orders !== null) startOrders(orders);
const names = maybeById("names", HTMLElement);
if (names !== null) startNames(names);
