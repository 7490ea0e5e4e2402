// Amounts of money in forms that sum up while somebody types: cents of a text, and the text of cents.
window.Amounts = (() => {
  "use strict";

  const euroFormat = new Intl.NumberFormat("de-DE", {minimumFractionDigits: 2, maximumFractionDigits: 2});
  const euro = (cents) => `${euroFormat.format(cents / 100).replace("-", "\u2212")}\u00a0€`;

  // The most that projects/money.py takes, in cents.
  const MAXIMUM = 99999999999;

  // Cents, as projects/money.py reads amounts (tests/data/amounts.json tests both); what it refuses counts as nothing.
  const cents = (text) => {
    const cleaned = text
      .replace(/[\t\n\r \u00a0\u2007-\u2009\u202f]+/g, " ")
      .trim()
      .replace(/^(€|EURO?) ?| ?(€|EURO?)$/i, "")
      .trim();
    const point = /^([0-9]+)\.([0-9]{1,2})$/.exec(cleaned);
    const number =
      /^([1-9][0-9]{0,2}(?:\.[0-9]{3})+|[1-9][0-9]{0,2}(?: [0-9]{3})+|[0-9]+)(?:,([0-9]{0,2})|[.,][-\u2010-\u2015\u2212]{1,2})?$/.exec(cleaned);
    const match = point || number;
    if (!match) return 0;
    const amount = Number(match[1].replace(/[. ]/g, "") + (match[2] || "").padEnd(2, "0"));
    return amount > MAXIMUM ? 0 : amount;
  };

  return {cents, euro};
})();
