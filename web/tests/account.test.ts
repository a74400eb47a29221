import { describe, expect, it } from "vitest";
import { expiryAfter, invitationSecret, mailSecret } from "../src/account/asked";

describe("what the account's forms send", () => {
  it("says when a token expires with its time zone", () => {
    expect(expiryAfter(90, Date.UTC(2026, 10, 26, 9))).toBe("2027-02-24T09:00:00.000Z");
  });

  it.each([
    ["#abc_-9", "abc_-9"],
    ["", "none"],
    ["#", "none"],
    ["#<img>", "none"],
  ])("reads the invitation %s as %s", (hash, secret) => {
    expect(invitationSecret(hash)).toBe(secret);
  });

  it.each([
    ["#mail=abc_-9", "abc_-9"],
    ["#mail=", ""],
    ["#abc", ""],
    ["#mail=<img>", ""],
  ])("reads the letter's link %s as %s", (hash, secret) => {
    expect(mailSecret(hash)).toBe(secret);
  });
});
