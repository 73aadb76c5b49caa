(() => {
  "use strict";
  window.shardlab.section("chains", () => {});
})();
