/** The proof document of a broadcast (docs/record-format.md): the parts that the page needs. */

/** Under which signed day a statement is. */
export interface ProofDay {
  readonly day: string;
}

/** A copy of the record that was handed out; `pieces` is the address of its pieces' digests. */
export interface ProofCopy {
  readonly root: string;
  readonly bytes: number;
  readonly pieces: string;
  readonly day: ProofDay | null;
}

/** What a court gives strangers about a broadcast (the part that the page needs). */
export interface Proof {
  readonly record: {
    readonly sheet: { readonly public: { readonly digest: string } | null };
    readonly day: ProofDay | null;
  };
  readonly public: { readonly list: string } | null;
  readonly copies: readonly ProofCopy[];
}
