/** A bar chart of the year's months, made from the table beside it: one source, two forms. */
import {
  BarController,
  BarElement,
  CategoryScale,
  Chart,
  Legend,
  LinearScale,
  Tooltip,
} from "chart.js";
import { maybeById } from "../page/dom";
import { type Column, columnsOf } from "./columns";

Chart.register(BarController, BarElement, CategoryScale, Legend, LinearScale, Tooltip);

/** Draw the columns of the table that say `data-series` into the canvas. */
export function drawChart(): void {
  const canvas = maybeById("figures-chart", HTMLCanvasElement);
  const table = maybeById("months-table", HTMLTableElement);
  if (canvas === null || table === null) return;
  const { labels, columns } = columnsOf(table);
  const style = getComputedStyle(document.documentElement);
  const colour = (name: string): string => style.getPropertyValue(name).trim();
  const ink = colour("--muted");
  const line = colour("--line");
  const fills = [colour("--accent"), colour("--chart-2"), colour("--chart-3"), colour("--chart-4")];
  new Chart(canvas, {
    type: "bar",
    data: {
      labels: [...labels],
      datasets: columns.map((column: Column, index) => ({
        label: column.name,
        data: [...column.values],
        backgroundColor: fills[index % fills.length] ?? ink,
        borderRadius: 2,
        maxBarThickness: 28,
      })),
    },
    options: {
      animation: false,
      maintainAspectRatio: false,
      locale: document.documentElement.lang,
      plugins: { legend: { position: "bottom", labels: { color: ink, boxWidth: 14 } } },
      scales: {
        x: { stacked: true, ticks: { color: ink }, grid: { display: false } },
        y: {
          stacked: true,
          beginAtZero: true,
          ticks: { color: ink, precision: 0 },
          grid: { color: line },
          border: { display: false },
        },
      },
    },
  });
}
