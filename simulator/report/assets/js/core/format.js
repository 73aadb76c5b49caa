/* Numbers and roots for people; always in English, as the rest of the page. */
(() => {
  "use strict";
  const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
  const some = new Intl.NumberFormat("en", { maximumFractionDigits: 3 });
  const precise = new Intl.NumberFormat("en", { maximumFractionDigits: 9 });
  const short = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 2 });

  const number = (value) => {
    if (value === null || value === undefined) return "–";
    if (Number.isInteger(value)) return whole.format(value);
    return Math.abs(value) < 0.001 ? value.toPrecision(3) : some.format(value);
  };
  const plural = (count, one, many = `${one}s`) => `${number(count)} ${count === 1 ? one : many}`;

  window.shardlab.format = {
    number,
    plural,
    /* For axes, whose ticks must not look alike: small ones as they are, large ones short. */
    axis: (value) => (Math.abs(value) < 1000 ? number(Number(value.toPrecision(6))) : short.format(value)),
    /* Gwei as ETH, exact. */
    eth: (gwei) => (gwei === null || gwei === undefined ? "–" : `${precise.format(gwei / 1e9)} ETH`),
    /* Gwei as ETH, for axes and tiles. */
    ethShort: (gwei) => `${some.format(gwei / 1e9)} ETH`,
    bytes(value) {
      if (value === null || value === undefined) return "–";
      if (value < 10000) return `${whole.format(value)} B`;
      if (value < 1e7) return `${some.format(Math.round(value / 102.4) / 10)} KiB`;
      return `${some.format(Math.round(value / 104857.6) / 10)} MiB`;
    },
    slots: (count) => plural(count, "slot"),
    seconds(value) {
      if (value < 90) return plural(Math.round(value * 1000) / 1000, "second");
      return value < 5400 ? plural(Math.round(value / 6) / 10, "minute") : plural(Math.round(value / 360) / 10, "hour");
    },
    root: (hex) => (hex ? `0x${hex.slice(0, 8)}` : "–"),
    lane: (lane) => (lane === 0 ? "beacon chain" : `shard ${lane - 1}`),
    capital: (text) => text.charAt(0).toUpperCase() + text.slice(1),
  };
})();
