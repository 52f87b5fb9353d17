//! What any route may refuse.

use super::{Text, Thing, refusals};

refusals! {
    "forbidden" FORBIDDEN forbidden()
        "Your role does not allow this."
        "您的角色无权进行此操作。";
    /// Also the answer for what exists outside the caller's scope: existence itself is not told.
    "not-found" NOT_FOUND not_found(what: Thing)
        "There is no such {what}, or it is not visible to you."
        "没有该{what}，或您无权查看。";
    "outside-grant" FORBIDDEN outside_grant()
        "This period was not granted to you."
        "该时段不在授权范围内。";
    "method-not-allowed" METHOD_NOT_ALLOWED method_not_allowed()
        "This address does not take that method."
        "该接口不支持此方法。";
    "missing-requested-with" FORBIDDEN missing_requested_with()
        "A change needs the header `x-requested-with: henglian`."
        "修改请求缺少 x-requested-with: henglian 请求头。";
    "version-required" PRECONDITION_REQUIRED version_required()
        "A change needs the header `If-Match` with the version that you saw, in quotes."
        "修改请求缺少 If-Match 版本号。";
    "not-json" UNSUPPORTED_MEDIA_TYPE not_json()
        "Send the body as application/json."
        "请以 application/json 发送请求体。";
    "body-too-large" PAYLOAD_TOO_LARGE body_too_large()
        "The body of the request is too large."
        "请求体过大。";
    "body-unread" BAD_REQUEST body_unread()
        "The body of the request could not be read to its end."
        "请求体未能完整读取。";
    "body-not-understood" UNPROCESSABLE_ENTITY body_not_understood(field: &str, reason: &Text)
        "{field}: {reason}."
        "字段 {field} 有误：{reason}。";
    "text-after-json" UNPROCESSABLE_ENTITY text_after_json()
        "Something follows the JSON of the body."
        "请求体在 JSON 之后还有多余内容。";
    /// The parameter is named in the problem's `cause`.
    "invalid-query" BAD_REQUEST invalid_query()
        "The query of the address is not understood."
        "地址中的查询参数有误。";
    /// The cause goes to the log only; the reader gets no internals.
    "internal" INTERNAL_SERVER_ERROR internal()
        "The server failed on this. Nothing was changed; the log says why."
        "服务器内部错误，未作任何更改，详情见日志。";
}
