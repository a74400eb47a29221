/** What the API tells of people. */

/** Whose new invitation it is: the only time its link is told. */
export interface NewInvitation {
  readonly name: string;
  readonly invitation: string;
}

/** What a person is signed in with, as an administrator sees it. */
export interface SignIns {
  readonly sessions: readonly {
    readonly device: string;
    readonly created_at: string;
    readonly seen_at: string | null;
  }[];
  readonly tokens: readonly {
    readonly id: string;
    readonly label: string;
    readonly used_at: string | null;
  }[];
}
