export interface paths {
    "/api/v1/audit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Audit entries, newest first, within what the caller sees. */
        get: {
            parameters: {
                query?: {
                    /** @description e.g. `instrument/7` or `run/3` */
                    object?: string;
                    /** @description From 1, 50 rows each. */
                    page?: number;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["AuditPage"];
                    };
                };
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/collectors": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Collectors of the sites that the caller sees. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Collector"][];
                    };
                };
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/instruments": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Instruments of the sites that the caller sees. */
        get: {
            parameters: {
                query?: {
                    site?: number;
                    status?: components["schemas"]["InstrumentStatus"];
                    /** @description Part of the device, name or serial number. */
                    q?: string;
                    /** @description From 1. */
                    page?: number;
                    /** @description At most 200; 50 unless told. */
                    per_page?: number;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["InstrumentPage"];
                    };
                };
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        /** Register an instrument. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["InstrumentDraft"];
                };
            };
            responses: {
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Instrument"];
                    };
                };
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/instruments/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One instrument. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: number;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Instrument"];
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        /** Change an instrument. A stale page gets 412. */
        put: {
            parameters: {
                query?: never;
                header: {
                    /** @description the version seen, in quotes */
                    "If-Match": string;
                };
                path: {
                    id: number;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["InstrumentDraft"];
                };
            };
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Instrument"];
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                412: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/instruments/{id}/latest": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The last reading of every point. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: number;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Reading"][];
                    };
                };
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/instruments/{id}/provenance/{point}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What was on the wire for one reading. */
        get: {
            parameters: {
                query: {
                    nominal: string;
                };
                header?: never;
                path: {
                    id: number;
                    point: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ProvenanceCard"];
                    };
                };
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/instruments/{id}/series/{point}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One point over a window. */
        get: {
            parameters: {
                query?: {
                    /** @description A day before `to` unless told. */
                    from?: string;
                    /** @description Now unless told; not included. */
                    to?: string;
                    /** @description At most 20,000; 5,000 unless told. */
                    limit?: number;
                };
                header?: never;
                path: {
                    id: number;
                    point: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["SeriesPage"];
                    };
                };
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/live": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Event `sweep` with one device's readings; event `lagged` with the number of sweeps that this listener missed. */
        get: {
            parameters: {
                query?: {
                    /** @description Device names with commas between; all visible ones unless told. */
                    devices?: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "text/event-stream": components["schemas"]["LiveSweepCard"];
                    };
                };
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/me": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Who is signed in. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Me"];
                    };
                };
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/overview": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What needs attention, within what the caller sees. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Overview"];
                    };
                };
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/plans": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Plans of the sites that the caller sees. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Plan"][];
                    };
                };
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        /** Plan a verification or a period check. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["RunRequest"];
                };
            };
            responses: {
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Plan"];
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/probe": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Read an instrument once, raw words beside decoded values; nothing is stored. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["ProbeRequest"];
                };
            };
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ProbeAnswer"];
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                504: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/profiles": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Instrument models that can be registered. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ProfileCard"][];
                    };
                };
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/runs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Runs that the caller sees, newest first. */
        get: {
            parameters: {
                query?: {
                    state?: components["schemas"]["RunState"];
                    kind?: components["schemas"]["RunKind"];
                    instrument?: number;
                    /** @description From 1, 50 rows each. */
                    page?: number;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["RunPage"];
                    };
                };
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        /** Run a verification or period check over a window. The conclusion waits for a second person. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["RunRequest"];
                };
            };
            responses: {
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Run"];
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/runs/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One run with its conclusion, digit for digit. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: number;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Run"];
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/runs/{id}/bundle": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Conclusion, evidence and procedure in one file, for `henglian recheck`. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: number;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": Record<string, never>;
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/runs/{id}/confirm": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Confirm a conclusion; only now the instrument's status and next check date move. */
        post: {
            parameters: {
                query?: never;
                header: {
                    /** @description the version seen, in quotes */
                    "If-Match": string;
                };
                path: {
                    id: number;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["Confirmation"];
                };
            };
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Run"];
                    };
                };
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                412: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/runs/{id}/evidence": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The frozen evidence, the very bytes that the digest is of. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: number;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": Record<string, never>;
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/runs/{id}/return": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Return a conclusion to the laboratory with a reason; the instrument stays as it is. */
        post: {
            parameters: {
                query?: never;
                header: {
                    /** @description the version seen, in quotes */
                    "If-Match": string;
                };
                path: {
                    id: number;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["Return"];
                };
            };
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Run"];
                    };
                };
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                412: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/session": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Sign in. An unknown login and a wrong password get the same answer, after the same work. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["Credentials"];
                };
            };
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Me"];
                    };
                };
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                429: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        /** Sign out. */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/sites": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The sites that the caller sees. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Site"][];
                    };
                };
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /** @description How the collector reaches the instrument. */
        Access: {
            host: string;
            /** @enum {string} */
            kind: "modbus-tcp";
            /** Format: int32 */
            port: number;
            /** Format: int32 */
            unit: number;
        } | {
            /** @enum {string} */
            kind: "modbus-rtu";
            line: string;
            settings?: components["schemas"]["LineSettings"] | null;
            /** Format: int32 */
            unit: number;
        } | {
            broker: string;
            /** @enum {string} */
            kind: "mqtt";
            topic: string;
        };
        AuditEntry: {
            action: string;
            after?: Record<string, never> | null;
            /** Format: date-time */
            at: string;
            before?: Record<string, never> | null;
            detail: string;
            /** Format: int64 */
            id: number;
            object: string;
            who: string;
        };
        AuditPage: {
            rows: components["schemas"]["AuditEntry"][];
            /** Format: int64 */
            total: number;
        };
        Collector: {
            id: string;
            /** Format: date-time */
            last_seen?: string | null;
            name: string;
            online: boolean;
            /** Format: int64 */
            site_id: number;
            /**
             * Format: int64
             * @description Batches still waiting at the collector; absent when it did not say.
             */
            spooled?: number | null;
        };
        Confirmation: {
            note?: string;
        };
        Credentials: {
            login: string;
            password: string;
        };
        Instrument: components["schemas"]["InstrumentDraft"] & {
            /** Format: date-time */
            created_at: string;
            /** Format: int64 */
            id: number;
            /** Format: date */
            next_check_on?: string | null;
            status: components["schemas"]["InstrumentStatus"];
            /** Format: int64 */
            version: number;
        };
        /** @description What a person enters to register or change an instrument. */
        InstrumentDraft: {
            access: components["schemas"]["Access"];
            accuracy_class?: string | null;
            collector: string;
            device: string;
            location: string;
            manufacturer: string;
            multiplier: components["schemas"]["MultiplierForm"];
            name: string;
            /** Format: int32 */
            period_seconds: number;
            /** @description Point name to lowest and highest plausible value. */
            plausible?: {
                [key: string]: string[];
            };
            profile: string;
            purpose: components["schemas"]["Purpose"];
            /**
             * Format: int64
             * @description The reference standard that usually checks this one.
             */
            reference_id?: number | null;
            serial: string;
            /** Format: int64 */
            site_id: number;
            traceability?: components["schemas"]["Traceability"] | null;
        };
        InstrumentPage: {
            rows: components["schemas"]["Instrument"][];
            /** Format: int64 */
            total: number;
        };
        InstrumentRef: {
            device: string;
            /** Format: int64 */
            id: number;
            name: string;
        };
        /** @enum {string} */
        InstrumentStatus: "normal" | "to-check" | "to-send" | "stopped";
        /** @description Settings of a serial line. */
        LineSettings: {
            /** Format: int32 */
            baud: number;
            /** @description `8N1`, `8E1`, `8O1`, `8N2` */
            format: string;
        };
        /** @description Data of an SSE event `sweep`. */
        LiveSweepCard: {
            device: string;
            readings: components["schemas"]["Reading"][];
        };
        /** @description The signed-in person. */
        Me: {
            login: string;
            name: string;
            party: components["schemas"]["PartyRef"];
            roles: components["schemas"]["Role"][];
            sites: components["schemas"]["SiteRef"][];
        };
        /** @description CT and PT ratios (互感器变比). */
        MultiplierForm: {
            current_ratio: string;
            registers_are_primary: boolean;
            voltage_ratio: string;
        };
        Overview: {
            /** Format: int64 */
            awaiting_review: number;
            collectors: components["schemas"]["Collector"][];
            instruments: components["schemas"]["StatusCounts"];
            /** Format: int64 */
            overdue_checks: number;
        };
        PartyRef: {
            /** Format: int64 */
            id: number;
            name: string;
        };
        Plan: {
            /** Format: date-time */
            created_at: string;
            created_by: string;
            /** Format: date-time */
            from: string;
            /** Format: int64 */
            id: number;
            /** Format: int64 */
            instrument_id: number;
            kind: components["schemas"]["RunKind"];
            /** Format: int64 */
            reference_id?: number | null;
            /** Format: date-time */
            to: string;
        };
        ProbeAnswer: {
            /** Format: int64 */
            elapsed_ms: number;
            outcome: components["schemas"]["ProbeResult"];
        };
        /** @description A test read (试读) of an instrument that need not be registered yet. */
        ProbeRequest: {
            access: components["schemas"]["Access"];
            collector: string;
            profile: string;
        };
        ProbeResult: {
            /** @enum {string} */
            kind: "read";
            values: components["schemas"]["ProbedPoint"][];
        } | {
            /** @enum {string} */
            kind: "failed";
            reason: string;
        };
        ProbedPoint: {
            address: string;
            point: string;
            quality: string;
            raw: string;
            unit: string;
            value?: string | null;
        };
        /** @description The body of every refusal, `application/problem+json`. */
        Problem: {
            /** @description Stable; programs decide by it. */
            code: string;
            /** @description English sentence: what was refused and how to cure it. */
            detail: string;
            /** @description 中文说明。 */
            detail_zh: string;
            /** @description The input field that was refused, as `access.port`. */
            field?: string | null;
            /** Format: int32 */
            status: number;
            title: string;
            type: string;
        };
        /** @description An instrument model of the catalogue. */
        ProfileCard: {
            accuracy_class?: string | null;
            connection?: string | null;
            instrument: string;
            manufacturer: string;
            points: components["schemas"]["ProfilePoint"][];
            protocol: string;
            /** @description `model@version` */
            reference: string;
            title_en: string;
            title_zh: string;
        };
        ProfilePoint: {
            cumulative: boolean;
            name: string;
            quantity: string;
            title_en: string;
            title_zh: string;
            unit: string;
        };
        ProvenanceCard: {
            /** @description `model@version` that decoded them. */
            profile: string;
            /** @description The registers as received, or the message. */
            raw: string;
        };
        /** @enum {string} */
        Purpose: "sub-meter" | "master-meter" | "reference-standard" | "process";
        /** @description One reading; the value is exact text (trailing zeros mean something), `null` exactly when the quality is bad. */
        Reading: {
            /** Format: date-time */
            nominal: string;
            /** @description `good`, or the short name of the doubt or failure. */
            quality: string;
            /** @description `device/point` */
            series: string;
            /** Format: date-time */
            taken: string;
            unit: string;
            value?: string | null;
        };
        Return: {
            reason: string;
        };
        Review: {
            /** Format: date-time */
            at: string;
            by: string;
            /** @description `confirmed` or `returned` */
            decision: components["schemas"]["RunState"];
            note: string;
        };
        /**
         * @description What a person is to the system.
         * @enum {string}
         */
        Role: "enterprise" | "operator" | "reviewer" | "auditor" | "administrator";
        Run: components["schemas"]["RunSummary"] & {
            /** @description The conclusion as the engine wrote it, digit for digit. */
            conclusion: Record<string, never>;
            engine: string;
            evidence_sha256: string;
            procedure_sha256: string;
            review?: components["schemas"]["Review"] | null;
        };
        /** @enum {string} */
        RunKind: "online-verification" | "period-check";
        RunPage: {
            rows: components["schemas"]["RunSummary"][];
            /** Format: int64 */
            total: number;
        };
        RunRequest: {
            /** Format: date-time */
            from: string;
            /** Format: int64 */
            instrument_id: number;
            kind: components["schemas"]["RunKind"];
            /** Format: int64 */
            reference_id?: number | null;
            /** Format: date-time */
            to: string;
        };
        /** @enum {string} */
        RunState: "awaiting-review" | "confirmed" | "returned";
        RunSummary: {
            /** Format: date-time */
            created_at: string;
            /** Format: int64 */
            id: number;
            instrument: components["schemas"]["InstrumentRef"];
            kind: components["schemas"]["RunKind"];
            /** @description Login of the person who ran it. */
            operator: string;
            reference?: components["schemas"]["InstrumentRef"] | null;
            state: components["schemas"]["RunState"];
            verdict: components["schemas"]["VerdictName"];
            /** Format: int64 */
            version: number;
            window: components["schemas"]["WindowCard"];
        };
        SeriesPage: {
            readings: components["schemas"]["Reading"][];
            /** @description More readings stand in the window than were sent. */
            truncated: boolean;
            unit: string;
        };
        Site: {
            description: string;
            /** Format: int64 */
            id: number;
            name: string;
            party: components["schemas"]["PartyRef"];
        };
        SiteRef: {
            /** Format: int64 */
            id: number;
            name: string;
        };
        /** @description How many instruments are in each state. */
        StatusCounts: {
            /** Format: int64 */
            normal: number;
            /** Format: int64 */
            stopped: number;
            /** Format: int64 */
            to_check: number;
            /** Format: int64 */
            to_send: number;
        };
        /** @description From the certificate that a person holds in hand; nothing else moves these dates. */
        Traceability: {
            certificate_no: string;
            /** Format: date */
            due_on: string;
            issued_by: string;
            /** Format: date */
            issued_on: string;
            /** @description Expanded uncertainty (k = 2) in % as stated by the certificate. */
            u95_percent?: string | null;
        };
        /** @enum {string} */
        VerdictName: "conforms" | "does-not-conform" | "inconclusive";
        WindowCard: {
            /** Format: date-time */
            from: string;
            /** Format: date-time */
            to: string;
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export type operations = Record<string, never>;
