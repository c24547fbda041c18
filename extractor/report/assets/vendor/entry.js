// What the pages use of other people's libraries; `make vendor` bundles it into bundle.js.
export {
  arrow,
  axisX,
  axisY,
  barX,
  dot,
  gridX,
  plot,
  rectY,
  ruleX,
  ruleY,
  text,
} from "@observablehq/plot";
export { forceCollide, forceLink, forceManyBody, forceSimulation, forceX, forceY } from "d3-force";
export {
  columnFilteringFeature,
  constructTable,
  createFilteredRowModel,
  createPaginatedRowModel,
  createSortedRowModel,
  rowPaginationFeature,
  rowSortingFeature,
  sortFn_basic,
  tableFeatures,
} from "@tanstack/table-core";
export { storeReactivityBindings } from "@tanstack/table-core/store-reactivity-bindings";
