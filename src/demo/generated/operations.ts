/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
import type { TypedDocumentNode as DocumentNode } from '@graphql-typed-document-node/core';
/** The proof for deleting the account. */
export type DeleteAccountInput = {
  /** A proof for DELETE_ACCOUNT. */
  verificationToken: string;
};

/** What sort of device a session was started on. */
export type DeviceKind =
  /** A program that says so. */
  | 'BOT'
  /** A desktop or laptop computer. */
  | 'DESKTOP'
  /** Anything else, or unknown. */
  | 'OTHER'
  /** A phone. */
  | 'PHONE'
  /** A tablet. */
  | 'TABLET'
  /** A television set or console. */
  | 'TV';

/** What went wrong, in a form that a program can branch on. */
export type ErrorCode =
  /** There is an account with this e-mail address already. */
  | 'EMAIL_TAKEN'
  /** The viewer may not do this. */
  | 'FORBIDDEN'
  /** The e-mail address or a presented factor is not right. */
  | 'INVALID_CREDENTIALS'
  /** The token was not written by this server. */
  | 'INVALID_TOKEN'
  /** No live session came with the request. */
  | 'NOT_SIGNED_IN'
  /** This cannot be done to one’s own account. */
  | 'OWN_ACCOUNT'
  /** The session of the token has ended. */
  | 'SESSION_ENDED'
  /** The user has as many sessions as are allowed. */
  | 'SESSION_LIMIT'
  /** The user has no live session with this id. */
  | 'SESSION_NOT_FOUND'
  /** Signing up is closed on this server. */
  | 'SIGN_UP_CLOSED'
  /** Too many attempts in too short a time. */
  | 'TOO_MANY_ATTEMPTS'
  /** There is no user with this id. */
  | 'USER_NOT_FOUND'
  /** The action needs a fresh proof for exactly this action and subject. */
  | 'VERIFICATION_REQUIRED'
  /** The new password may not be used. */
  | 'WEAK_PASSWORD';

/** A factor, presented now. */
export type FactorInput =
  {   /** The password. */
  password: string; };

/** What is to be allowed, and the factor that allows it. */
export type ReverifyInput = {
  /** The action that the proof is for. */
  action: SensitiveAction;
  /** The factor. */
  factor: FactorInput;
  /** What the action is done to: the id of the session or passkey. Null if the action has no subject. */
  subject?: string | number | null | undefined;
};

/** Which session to end, and the proof for it. */
export type RevokeSessionInput = {
  /** The session, as `User.sessions` lists it. */
  sessionId: string | number;
  /** A proof for REVOKE_SESSION on this session. */
  verificationToken: string;
};

/** What needs a factor presented just now. A proof is for one action on one subject. */
export type SensitiveAction =
  /** Administrators' operations. No subject and nothing to hand over: it renews `verifiedAt`. */
  | 'ADMINISTER'
  /** Deleting the account. No subject. */
  | 'DELETE_ACCOUNT'
  /** Adding a passkey. No subject. */
  | 'REGISTER_PASSKEY'
  /** Removing a passkey. The subject is its id. */
  | 'REMOVE_PASSKEY'
  /** Ending all sessions but this one. No subject. */
  | 'REVOKE_OTHER_SESSIONS'
  /** Ending a specific session. The subject is its id. */
  | 'REVOKE_SESSION'
  /** Changing the password. No subject. */
  | 'UPDATE_PASSWORD';

/** Why a session ended. */
export type SessionEndReason =
  /** It reached its absolute limit. */
  | 'ABSOLUTE_TIMEOUT'
  /** The account was deleted. */
  | 'ACCOUNT_DELETED'
  /** The account was disabled. */
  | 'ACCOUNT_DISABLED'
  /** Something unusual was noticed in it. */
  | 'ANOMALY'
  /** Nobody used it for longer than the idle timeout. */
  | 'IDLE_TIMEOUT'
  /** The password was changed, and everything was signed out with it. */
  | 'PASSWORD_UPDATED'
  /** One of its refresh tokens was used in a way that no honest client would. */
  | 'REFRESH_TOKEN_REUSED'
  /** It continues under a new session, after a reverification or a new sign-in in the same browser. */
  | 'REPLACED'
  /** An administrator ended it. */
  | 'REVOKED_BY_ADMINISTRATOR'
  /** Its user ended it from another session. */
  | 'REVOKED_BY_USER'
  /** A newer session went past the number that is allowed. */
  | 'SESSION_LIMIT'
  /** Its user signed out of it. */
  | 'SIGNED_OUT'
  /** Its user signed out of all sessions, or of all others. */
  | 'SIGNED_OUT_EVERYWHERE';

/** How a client carries its session. */
export type SessionTransport =
  /** An opaque token in a `__Host-` cookie that scripts cannot read. For browsers. */
  | 'COOKIE'
  /** A short-lived access token and a rotating refresh token. For everything else. */
  | 'TOKEN';

/** Who signs in, and how the client will carry the session. */
export type SignInInput = {
  /** The e-mail address, in any case. */
  email: string;
  /** The password. */
  password: string;
  /** Whether the browser keeps the cookie when it is closed. Without it, the cookie goes with the browser. */
  rememberMe?: boolean;
  /** How the client will carry the session. */
  transport?: SessionTransport;
};

/** Who signs up, and how the client will carry the session. */
export type SignUpInput = {
  /** The e-mail address; one account each. */
  email: string;
  /** The password: 8 to 256 characters, and none that is guessed first: no common one, however disguised, and nothing made of the e-mail address. */
  password: string;
  /** How the client will carry the session. */
  transport?: SessionTransport;
};

type Refusal_EmailTakenError_Fragment = { code: ErrorCode, message: string };

type Refusal_ForbiddenError_Fragment = { code: ErrorCode, message: string };

type Refusal_InvalidCredentialsError_Fragment = { code: ErrorCode, message: string };

type Refusal_InvalidTokenError_Fragment = { code: ErrorCode, message: string };

type Refusal_NotSignedInError_Fragment = { code: ErrorCode, message: string };

type Refusal_OwnAccountError_Fragment = { code: ErrorCode, message: string };

type Refusal_SessionEndedError_Fragment = { code: ErrorCode, message: string };

type Refusal_SessionLimitError_Fragment = { code: ErrorCode, message: string };

type Refusal_SessionNotFoundError_Fragment = { code: ErrorCode, message: string };

type Refusal_SignUpClosedError_Fragment = { code: ErrorCode, message: string };

type Refusal_TooManyAttemptsError_Fragment = { code: ErrorCode, message: string };

type Refusal_UserNotFoundError_Fragment = { code: ErrorCode, message: string };

type Refusal_VerificationRequiredError_Fragment = { code: ErrorCode, message: string };

type Refusal_WeakPasswordError_Fragment = { code: ErrorCode, message: string };

export type RefusalFragment =
  | Refusal_EmailTakenError_Fragment
  | Refusal_ForbiddenError_Fragment
  | Refusal_InvalidCredentialsError_Fragment
  | Refusal_InvalidTokenError_Fragment
  | Refusal_NotSignedInError_Fragment
  | Refusal_OwnAccountError_Fragment
  | Refusal_SessionEndedError_Fragment
  | Refusal_SessionLimitError_Fragment
  | Refusal_SessionNotFoundError_Fragment
  | Refusal_SignUpClosedError_Fragment
  | Refusal_TooManyAttemptsError_Fragment
  | Refusal_UserNotFoundError_Fragment
  | Refusal_VerificationRequiredError_Fragment
  | Refusal_WeakPasswordError_Fragment
;

export type RevocationFragment = { id: string, cursor: string, sessionId: string, reason: SessionEndReason, message: string };

export type WhoAmIQueryVariables = Exact<{ [key: string]: never; }>;


export type WhoAmIQuery = { viewer: { email: string } | null, currentSession: { id: string } | null };

export type EventCursorQueryVariables = Exact<{ [key: string]: never; }>;


export type EventCursorQuery = { eventCursor: string | null };

export type MyDevicesQueryVariables = Exact<{ [key: string]: never; }>;


export type MyDevicesQuery = { viewer: { sessions: { edges: Array<{ node: { id: string, isCurrent: boolean, network: string | null, idleExpiresAt: string, expiresAt: string, device: { label: string, kind: DeviceKind } } }> } } | null };

export type SignUpMutationVariables = Exact<{
  input: SignUpInput;
}>;


export type SignUpMutation = { signUp:
    | { __typename: 'EmailTakenError', code: ErrorCode, message: string }
    | { __typename: 'SignUpClosedError', code: ErrorCode, message: string }
    | { __typename: 'SignUpSuccess', session: { id: string, device: { label: string } } }
    | { __typename: 'TooManyAttemptsError', code: ErrorCode, message: string }
    | { __typename: 'WeakPasswordError', code: ErrorCode, message: string }
   };

export type SignInMutationVariables = Exact<{
  input: SignInInput;
}>;


export type SignInMutation = { signIn:
    | { __typename: 'InvalidCredentialsError', code: ErrorCode, message: string }
    | { __typename: 'SessionLimitError', code: ErrorCode, message: string }
    | { __typename: 'SignInSuccess', session: { id: string, device: { label: string } } }
    | { __typename: 'TooManyAttemptsError', code: ErrorCode, message: string }
   };

export type ReverifyMutationVariables = Exact<{
  input: ReverifyInput;
}>;


export type ReverifyMutation = { reverify:
    | { __typename: 'InvalidCredentialsError', code: ErrorCode, message: string }
    | { __typename: 'NotSignedInError', code: ErrorCode, message: string }
    | { __typename: 'ReverifySuccess', verification: { token: string, action: SensitiveAction, subject: string | null, expiresAt: string }, session: { id: string, replaces: { id: string } | null } }
    | { __typename: 'TooManyAttemptsError', code: ErrorCode, message: string }
   };

export type RevokeSessionMutationVariables = Exact<{
  input: RevokeSessionInput;
}>;


export type RevokeSessionMutation = { revokeSession:
    | { __typename: 'NotSignedInError', code: ErrorCode, message: string }
    | { __typename: 'RevokeSessionSuccess', session: { id: string, endReason: SessionEndReason | null } }
    | { __typename: 'SessionNotFoundError', code: ErrorCode, message: string }
    | { __typename: 'VerificationRequiredError', code: ErrorCode, message: string }
   };

export type RevokeAllSessionsMutationVariables = Exact<{ [key: string]: never; }>;


export type RevokeAllSessionsMutation = { revokeAllSessions:
    | { __typename: 'NotSignedInError', code: ErrorCode, message: string }
    | { __typename: 'RevokeAllSessionsSuccess', revokedCount: number }
    | { __typename: 'VerificationRequiredError', code: ErrorCode, message: string }
   };

export type OwnSessionSubscriptionVariables = Exact<{
  after?: string | null | undefined;
}>;


export type OwnSessionSubscription = { sessionRevoked: { __typename: 'SessionRevoked', id: string, cursor: string, sessionId: string, reason: SessionEndReason, message: string } };

export type AllMySessionsSubscriptionVariables = Exact<{
  after?: string | null | undefined;
}>;


export type AllMySessionsSubscription = { sessionEvents:
    | { __typename: 'SessionChanged', id: string, cursor: string, sessionId: string }
    | { __typename: 'SessionFlagged', id: string, cursor: string, sessionId: string }
    | { __typename: 'SessionRevoked', id: string, cursor: string, sessionId: string, reason: SessionEndReason, message: string }
    | { __typename: 'SessionStarted', id: string, cursor: string, sessionId: string, session: { device: { label: string }, replaces: { id: string } | null } | null }
   };

export type DeleteAccountMutationVariables = Exact<{
  input: DeleteAccountInput;
}>;


export type DeleteAccountMutation = { deleteAccount:
    | { __typename: 'DeleteAccountSuccess' }
    | { __typename: 'NotSignedInError', code: ErrorCode, message: string }
    | { __typename: 'VerificationRequiredError', code: ErrorCode, message: string }
   };

export const RefusalFragmentDoc = {"kind":"Document","definitions":[{"kind":"FragmentDefinition","name":{"kind":"Name","value":"Refusal"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Error"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}}]}}]} as unknown as DocumentNode<RefusalFragment, unknown>;
export const RevocationFragmentDoc = {"kind":"Document","definitions":[{"kind":"FragmentDefinition","name":{"kind":"Name","value":"Revocation"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"SessionRevoked"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"cursor"}},{"kind":"Field","name":{"kind":"Name","value":"sessionId"}},{"kind":"Field","name":{"kind":"Name","value":"reason"}},{"kind":"Field","name":{"kind":"Name","value":"message"}}]}}]} as unknown as DocumentNode<RevocationFragment, unknown>;
export const WhoAmIDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"WhoAmI"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"viewer"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"email"}}]}},{"kind":"Field","name":{"kind":"Name","value":"currentSession"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}}]}}]}}]} as unknown as DocumentNode<WhoAmIQuery, WhoAmIQueryVariables>;
export const EventCursorDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"EventCursor"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"eventCursor"}}]}}]} as unknown as DocumentNode<EventCursorQuery, EventCursorQueryVariables>;
export const MyDevicesDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"MyDevices"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"viewer"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"sessions"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"state"},"value":{"kind":"EnumValue","value":"ACTIVE"}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"edges"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"node"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"isCurrent"}},{"kind":"Field","name":{"kind":"Name","value":"network"}},{"kind":"Field","name":{"kind":"Name","value":"idleExpiresAt"}},{"kind":"Field","name":{"kind":"Name","value":"expiresAt"}},{"kind":"Field","name":{"kind":"Name","value":"device"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"label"}},{"kind":"Field","name":{"kind":"Name","value":"kind"}}]}}]}}]}}]}}]}}]}}]} as unknown as DocumentNode<MyDevicesQuery, MyDevicesQueryVariables>;
export const SignUpDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"SignUp"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"input"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"SignUpInput"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"signUp"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"input"},"value":{"kind":"Variable","name":{"kind":"Name","value":"input"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"__typename"}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"SignUpSuccess"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"session"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"device"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"label"}}]}}]}}]}},{"kind":"FragmentSpread","name":{"kind":"Name","value":"Refusal"}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"Refusal"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Error"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}}]}}]} as unknown as DocumentNode<SignUpMutation, SignUpMutationVariables>;
export const SignInDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"SignIn"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"input"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"SignInInput"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"signIn"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"input"},"value":{"kind":"Variable","name":{"kind":"Name","value":"input"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"__typename"}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"SignInSuccess"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"session"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"device"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"label"}}]}}]}}]}},{"kind":"FragmentSpread","name":{"kind":"Name","value":"Refusal"}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"Refusal"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Error"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}}]}}]} as unknown as DocumentNode<SignInMutation, SignInMutationVariables>;
export const ReverifyDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"Reverify"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"input"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ReverifyInput"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"reverify"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"input"},"value":{"kind":"Variable","name":{"kind":"Name","value":"input"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"__typename"}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"ReverifySuccess"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"verification"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"token"}},{"kind":"Field","name":{"kind":"Name","value":"action"}},{"kind":"Field","name":{"kind":"Name","value":"subject"}},{"kind":"Field","name":{"kind":"Name","value":"expiresAt"}}]}},{"kind":"Field","name":{"kind":"Name","value":"session"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"replaces"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}}]}}]}}]}},{"kind":"FragmentSpread","name":{"kind":"Name","value":"Refusal"}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"Refusal"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Error"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}}]}}]} as unknown as DocumentNode<ReverifyMutation, ReverifyMutationVariables>;
export const RevokeSessionDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"RevokeSession"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"input"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"RevokeSessionInput"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"revokeSession"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"input"},"value":{"kind":"Variable","name":{"kind":"Name","value":"input"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"__typename"}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"RevokeSessionSuccess"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"session"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"endReason"}}]}}]}},{"kind":"FragmentSpread","name":{"kind":"Name","value":"Refusal"}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"Refusal"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Error"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}}]}}]} as unknown as DocumentNode<RevokeSessionMutation, RevokeSessionMutationVariables>;
export const RevokeAllSessionsDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"RevokeAllSessions"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"revokeAllSessions"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"__typename"}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"RevokeAllSessionsSuccess"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"revokedCount"}}]}},{"kind":"FragmentSpread","name":{"kind":"Name","value":"Refusal"}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"Refusal"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Error"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}}]}}]} as unknown as DocumentNode<RevokeAllSessionsMutation, RevokeAllSessionsMutationVariables>;
export const OwnSessionDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"subscription","name":{"kind":"Name","value":"OwnSession"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"after"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"EventCursor"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"sessionRevoked"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"scope"},"value":{"kind":"EnumValue","value":"THIS_SESSION"}},{"kind":"Argument","name":{"kind":"Name","value":"after"},"value":{"kind":"Variable","name":{"kind":"Name","value":"after"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"__typename"}},{"kind":"FragmentSpread","name":{"kind":"Name","value":"Revocation"}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"Revocation"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"SessionRevoked"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"cursor"}},{"kind":"Field","name":{"kind":"Name","value":"sessionId"}},{"kind":"Field","name":{"kind":"Name","value":"reason"}},{"kind":"Field","name":{"kind":"Name","value":"message"}}]}}]} as unknown as DocumentNode<OwnSessionSubscription, OwnSessionSubscriptionVariables>;
export const AllMySessionsDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"subscription","name":{"kind":"Name","value":"AllMySessions"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"after"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"EventCursor"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"sessionEvents"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"after"},"value":{"kind":"Variable","name":{"kind":"Name","value":"after"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"__typename"}},{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"cursor"}},{"kind":"Field","name":{"kind":"Name","value":"sessionId"}},{"kind":"FragmentSpread","name":{"kind":"Name","value":"Revocation"}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"SessionStarted"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"session"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"device"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"label"}}]}},{"kind":"Field","name":{"kind":"Name","value":"replaces"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}}]}}]}}]}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"Revocation"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"SessionRevoked"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"cursor"}},{"kind":"Field","name":{"kind":"Name","value":"sessionId"}},{"kind":"Field","name":{"kind":"Name","value":"reason"}},{"kind":"Field","name":{"kind":"Name","value":"message"}}]}}]} as unknown as DocumentNode<AllMySessionsSubscription, AllMySessionsSubscriptionVariables>;
export const DeleteAccountDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"DeleteAccount"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"input"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"DeleteAccountInput"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"deleteAccount"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"input"},"value":{"kind":"Variable","name":{"kind":"Name","value":"input"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"__typename"}},{"kind":"FragmentSpread","name":{"kind":"Name","value":"Refusal"}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"Refusal"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Error"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}}]}}]} as unknown as DocumentNode<DeleteAccountMutation, DeleteAccountMutationVariables>;