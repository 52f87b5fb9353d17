//! All routes on one screen, each with its permission: [`Routes::secured`] is the only way to add one.

use std::sync::Arc;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::{HeaderName, HeaderValue, Method, header};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use tower_http::compression::CompressionLayer;
use utoipa::OpenApi;
use utoipa::openapi::OpenApi as Document;
use utoipa::openapi::extensions::ExtensionsBuilder;
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouter};
use utoipa_axum::routes;

use crate::access::Permission;
use crate::problem::Problem;
use crate::refusal::{self, Thing};
use crate::{
    Portal, audit, collector, estimate, instrument, overview, plan, probe, procedure, reading, run, session,
    site, web,
};

/// Prefix of every route of the API.
pub const PREFIX: &str = "/api/v1";

/// Every mutation carries it: a form of a foreign page cannot (CSRF).
const REQUESTED_WITH: (HeaderName, &str) = (HeaderName::from_static("x-requested-with"), "henglian");

/// Larger bodies are refused unread.
const MOST_BODY_BYTES: usize = 256 * 1024;

#[derive(OpenApi)]
#[openapi(info(
    title = "Henglian portal",
    version = "1",
    description = "Decimals are strings, times RFC 3339 in UTC. Mutations need the header `x-requested-with: henglian`."
))]
struct Description;

struct Routes {
    portal: Arc<Portal>,
    router: OpenApiRouter<Arc<Portal>>,
}

impl Routes {
    fn secured(mut self, permission: Permission, routes: UtoipaMethodRouter<Arc<Portal>>) -> Self {
        let (schemas, mut paths, handlers) = routes;
        for item in paths.paths.values_mut() {
            for operation in [&mut item.get, &mut item.post, &mut item.put, &mut item.delete]
                .into_iter()
                .flatten()
            {
                operation.extensions = Some(
                    ExtensionsBuilder::new()
                        .add("x-permission", permission.name())
                        .build(),
                );
            }
        }
        let handlers = handlers.route_layer(from_fn_with_state((self.portal.clone(), permission), guard));
        self.router = self.router.routes((schemas, paths, handlers));
        self
    }
}

#[rustfmt::skip]
fn api_routes(portal: Arc<Portal>) -> OpenApiRouter<Arc<Portal>> {
    use Permission::*;
    Routes { portal, router: OpenApiRouter::new() }
        .secured(Anyone, routes!(session::routes::sign_in))
        .secured(SignedIn, routes!(session::routes::sign_out))
        .secured(SignedIn, routes!(session::routes::me))
        .secured(Read, routes!(overview::routes::overview))
        .secured(Read, routes!(site::routes::sites))
        .secured(Read, routes!(instrument::models::profiles))
        .secured(Read, routes!(collector::routes::collectors))
        .secured(Read, routes!(instrument::routes::list))
        .secured(RegisterInstrument, routes!(instrument::routes::register))
        .secured(Read, routes!(instrument::routes::get))
        .secured(RegisterInstrument, routes!(instrument::routes::change))
        .secured(Probe, routes!(probe::routes::probe))
        .secured(Read, routes!(reading::routes::latest))
        .secured(Read, routes!(reading::routes::series))
        .secured(Read, routes!(reading::routes::provenance))
        .secured(Read, routes!(reading::live::live))
        .secured(Read, routes!(plan::routes::list))
        .secured(Plan, routes!(plan::routes::create))
        .secured(Plan, routes!(plan::routes::close))
        .secured(Read, routes!(estimate::routes::list))
        .secured(Estimate, routes!(estimate::routes::make))
        .secured(Read, routes!(estimate::routes::get))
        .secured(Read, routes!(procedure::routes::list))
        .secured(Read, routes!(procedure::routes::get))
        .secured(WriteProcedure, routes!(procedure::routes::enter))
        .secured(ApproveProcedure, routes!(procedure::routes::approve))
        .secured(Read, routes!(run::routes::list))
        .secured(StartRun, routes!(run::routes::start))
        .secured(Read, routes!(run::routes::get))
        .secured(Read, routes!(run::routes::evidence))
        .secured(ReviewRun, routes!(run::review::confirm))
        .secured(ReviewRun, routes!(run::review::send_back))
        .secured(Read, routes!(run::routes::bundle))
        .secured(ReadAudit, routes!(audit::routes::list))
        .secured(Read, routes!(audit::routes::of_instrument))
        .router
}

fn described(portal: Arc<Portal>) -> (Router<Arc<Portal>>, Document) {
    let (router, mut document) = OpenApiRouter::with_openapi(Description::openapi())
        .nest(PREFIX, api_routes(portal))
        .split_for_parts();
    refusal::document::describe(&mut document);
    (router, document)
}

/// The whole people-facing service: API, its description, and the pages.
pub(crate) fn router(portal: Arc<Portal>) -> Router {
    let (routes, document) = described(portal.clone());
    let described = Arc::new(document);
    let description = get(move || {
        let document = described.clone();
        async move { axum::Json((*document).clone()) }
    });
    routes
        .route(&format!("{PREFIX}/openapi.json"), description)
        .route(&format!("{PREFIX}/{{*rest}}"), axum::routing::any(no_route))
        .fallback(web::page)
        .method_not_allowed_fallback(no_method)
        .layer(CompressionLayer::new())
        .layer(DefaultBodyLimit::max(MOST_BODY_BYTES))
        .layer(from_fn(security_headers))
        .with_state(portal)
}

pub(crate) fn document(portal: Arc<Portal>) -> Document {
    described(portal).1
}

async fn no_route() -> Problem {
    refusal::request::not_found(Thing::Route)
}

async fn no_method() -> Problem {
    refusal::request::method_not_allowed()
}

async fn guard(
    State((portal, permission)): State<(Arc<Portal>, Permission)>,
    mut request: Request,
    next: Next,
) -> Response {
    let safe = matches!(*request.method(), Method::GET | Method::HEAD);
    let declared = request
        .headers()
        .get(&REQUESTED_WITH.0)
        .is_some_and(|value| value == REQUESTED_WITH.1);
    if !safe && !declared {
        return refusal::request::missing_requested_with().into_response();
    }
    if permission != Permission::Anyone {
        match portal.caller(request.headers()).await {
            Err(problem) => return problem.into_response(),
            Ok(caller) if !caller.may(permission) => return refusal::request::forbidden().into_response(),
            Ok(caller) => {
                request.extensions_mut().insert(caller);
            }
        }
    }
    next.run(request).await
}

async fn security_headers(request: Request, next: Next) -> Response {
    let api = request.uri().path().starts_with(PREFIX);
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    // Element Plus sets style attributes at run time, hence 'unsafe-inline' for styles only.
    headers.insert(
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(
            "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
             font-src 'self' data:; connect-src 'self'; object-src 'none'; base-uri 'self'; form-action 'self'; \
             frame-ancestors 'none'",
        ),
    );
    headers.insert(
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    );
    headers.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    if api && !headers.contains_key(header::CACHE_CONTROL) {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    response
}
