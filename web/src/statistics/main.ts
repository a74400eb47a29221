/** The year's figures, the public's page and the court's. */
import "../style/page.css";
import "../style/statistics.css";
import { drawChart } from "./chart";

drawChart();
